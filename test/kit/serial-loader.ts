/** Boot images that print a word on the serial line and stop: the least that shows that firmware ran them. */

/**
 * `xor ax,ax; mov ds,ax; mov si,7C15h`, then for every byte up to a zero `mov dx,3F8h; out dx,al`, then `hlt` for ever:
 * code for address 7C00h, where a PC loads a boot sector.
 */
const CODE = [
  0x31, 0xc0, 0x8e, 0xd8, 0xbe, 0x15, 0x7c, 0xac, 0x84, 0xc0, 0x74, 0x06, 0xba, 0xf8, 0x03, 0xee, 0xeb, 0xf5,
  0xf4, 0xeb, 0xfd,
] as const;

const SIGNATURE_OFFSET = 510;
const PARTITION_OFFSET = 446;

/** One partition, of type FAT16, from the second track on: what makes a sector a hard disk's first. */
const PARTITION = [0x80, 1, 1, 0, 0x06, 1, 63, 1, 63, 0, 0, 0, 0xc1, 0x1f, 0, 0] as const;

function bootSector(token: string): Uint8Array {
  const sector = new Uint8Array(512);
  sector.set(CODE);
  sector.set(new TextEncoder().encode(token), CODE.length);
  sector.set([0x55, 0xaa], SIGNATURE_OFFSET);
  return sector;
}

/** A 1.44 MB floppy image. */
export function floppyImage(token: string): Uint8Array {
  const image = new Uint8Array(1_474_560);
  image.set(bootSector(token));
  return image;
}

/** A hard disk image with one partition. */
export function hardDiskImage(token: string): Uint8Array {
  const image = new Uint8Array(2 * 128 * 63 * 512);
  image.set(bootSector(token));
  image.set(PARTITION, PARTITION_OFFSET);
  return image;
}
