/** Where loaders and EFI images lie on the discs of those who make them. */

const ISOLINUX_FOLDERS = [
  '/isolinux',
  '/boot/isolinux',
  '/syslinux',
  '/boot/syslinux',
  '/boot/x86_64/loader',
  '/boot/i386/loader',
  '',
];

/** Loaders for the BIOS, the likeliest first. */
export const LOADER_PLACES: readonly string[] = [
  ...ISOLINUX_FOLDERS.map((folder) => `${folder}/isolinux.bin`),
  '/boot/grub/i386-pc/eltorito.img',
  '/boot/grub2/i386-pc/eltorito.img',
  '/images/eltorito.img',
  '/boot/grub/stage2_eltorito',
  '/boot/etfsboot.com',
  '/boot/cdboot',
];

/** FAT images for UEFI, the likeliest first. */
export const EFI_IMAGE_PLACES: readonly string[] = [
  '/images/efiboot.img',
  '/boot/grub/efi.img',
  '/boot/grub2/efi.img',
  '/EFI/BOOT/efiboot.img',
  '/isolinux/efiboot.img',
  '/boot/x86_64/efi',
  '/efi.img',
  '/efi/microsoft/boot/efisys.bin',
];

/** Where ISOLINUX from version 5 on looks for its core module. */
export const LDLINUX_PLACES: readonly string[] = [
  '/boot/isolinux',
  '/isolinux',
  '/boot/syslinux',
  '/syslinux',
  '',
].map((folder) => `${folder}/ldlinux.c32`);
