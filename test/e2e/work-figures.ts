/**
 * What each command did when these lines were last looked at: a change here is to be meant, and to be explained by what
 * `madeOf` in `work-commands.ts` says of the command.
 *
 * `images`: what it was given; `others`: what it made, the undo file with them. Reads, bytes read, those of them that had
 * been read before; writes, bytes written; syncs; new sizes; whole copies by the system. `buffers`: those of at least
 * 64 KiB, and their bytes.
 */
export const FIGURES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // 427 KiB, bootable after an injection into free blocks: five patches in four groups.
  'the sample': {
    inspect: 'images: 10 reads, 65024 bytes, 1536 again',
    'ls -R': 'images: 6 reads, 26624 bytes',
    extract: 'images: 21 reads, 85363 bytes, 10036 again | others: 11 writes, 48499 bytes',
    'inject --dry-run': 'images: 18 reads, 78167 bytes, 9791 again',
    'inject to a copy':
      'images: 24 reads, 524687 bytes, 86415 again, 1 copies | others: 17 reads, 80205 bytes, 11832 again, 6 writes, 446520 bytes, 2 syncs',
    'inject to standard output': 'images: 41 reads, 578100 bytes, 139828 again | buffers: 2, 876544 bytes',
    'inject from standard input to standard output': 'buffers: 2, 1486848 bytes',
    'inject in place':
      'images: 37 reads, 191764 bytes, 115196 again, 5 writes, 8248 bytes, 4 syncs | others: 13 writes, 9513 bytes, 4 syncs | buffers: 1, 65536 bytes',
    'extract-boot':
      'images: 13 reads, 76842 bytes, 8469 again | others: 11 reads, 9000 bytes, 1 writes, 4885 bytes, 2 syncs',
    undo: 'images: 6 reads, 73784 bytes, 8192 again, 5 writes, 8248 bytes, 2 syncs | others: 20 reads, 25440 bytes, 16440 again, 2 writes, 141 bytes, 2 syncs | buffers: 2, 131072 bytes',
    'remove-boot in place':
      'images: 30 reads, 186645 bytes, 110080 again, 4 writes, 8192 bytes, 3 syncs | others: 11 writes, 9409 bytes, 4 syncs | buffers: 1, 65536 bytes',
    compare: 'images: 12 reads, 941568 bytes, 65024 again | buffers: 4, 4194304 bytes',
    batch:
      'images: 48 reads, 1049374 bytes, 172830 again, 2 copies | others: 34 reads, 160410 bytes, 23664 again, 12 writes, 893040 bytes, 4 syncs',
    'batch with a report':
      'images: 52 reads, 1925918 bytes, 1049374 again, 2 copies | others: 38 reads, 1036954 bytes, 23664 again, 14 writes, 893040 bytes, 5 syncs | buffers: 4, 1048576 bytes',
  },
  // The root moves, and with it what points to it: 41 patches, the descriptors one by one.
  'in the order of libisofs': {
    inspect: 'images: 14 reads, 73216 bytes, 11776 again',
    'ls -R': 'images: 7 reads, 28672 bytes, 10240 again',
    extract: 'images: 19 reads, 56236 bytes, 28508 again | others: 5 writes, 9132 bytes',
    'inject --dry-run': 'images: 51 reads, 96493 bytes, 21549 again',
    'inject to a copy':
      'images: 107 reads, 512277 bytes, 121109 again, 1 copies | others: 77 reads, 101829 bytes, 26888 again, 42 writes, 407672 bytes, 2 syncs',
    'inject to standard output': 'images: 178 reads, 568570 bytes, 177402 again | buffers: 2, 782336 bytes',
    'inject from standard input to standard output': 'buffers: 2, 1439744 bytes',
    'inject in place':
      'images: 238 reads, 313066 bytes, 232198 again, 41 writes, 16504 bytes, 7 syncs | others: 81 writes, 19385 bytes, 4 syncs | buffers: 1, 65536 bytes',
    'extract-boot':
      'images: 17 reads, 85266 bytes, 10633 again | others: 79 reads, 18872 bytes, 1 writes, 5001 bytes, 2 syncs',
    undo: 'images: 40 reads, 82024 bytes, 8240 again, 39 writes, 16488 bytes, 2 syncs | others: 138 reads, 43600 bytes, 24728 again, 2 writes, 141 bytes, 2 syncs | buffers: 2, 131072 bytes',
    'remove-boot in place':
      'images: 34 reads, 194953 bytes, 114176 again, 4 writes, 8192 bytes, 3 syncs | others: 11 writes, 9409 bytes, 4 syncs | buffers: 1, 65536 bytes',
    compare: 'images: 16 reads, 855552 bytes, 73216 again | buffers: 4, 4194304 bytes',
    batch:
      'images: 214 reads, 1024554 bytes, 242218 again, 2 copies | others: 154 reads, 203658 bytes, 53776 again, 84 writes, 815344 bytes, 4 syncs',
    'batch with a report':
      'images: 218 reads, 1806890 bytes, 1024554 again, 2 copies | others: 158 reads, 985994 bytes, 53776 again, 86 writes, 815344 bytes, 5 syncs | buffers: 4, 1048576 bytes',
  },
  // Two trees of 42 directories; each directory is one read, and one more for the proof of an edit.
  '2000 files': {
    inspect: 'images: 87 reads, 638464 bytes, 7680 again',
    'ls -R': 'images: 44 reads, 354304 bytes, 8192 again',
    extract: 'images: 98 reads, 371328 bytes, 18432 again | others: 50 writes, 640 bytes',
    'inject --dry-run': 'images: 186 reads, 663171 bytes, 20859 again',
    'inject to a copy':
      'images: 195 reads, 5721791 bytes, 675519 again, 1 copies | others: 184 reads, 665161 bytes, 22852 again, 8 writes, 5056572 bytes, 2 syncs',
    'inject to standard output':
      'images: 382 reads, 6358100 bytes, 1311828 again | buffers: 2, 2097152 bytes',
    'inject from standard input to standard output': 'buffers: 7, 7143424 bytes',
    'inject in place':
      'images: 387 reads, 1418564 bytes, 776252 again, 7 writes, 10300 bytes, 5 syncs | others: 17 writes, 11661 bytes, 4 syncs | buffers: 1, 65536 bytes',
    'extract-boot':
      'images: 90 reads, 650514 bytes, 12681 again | others: 15 reads, 11148 bytes, 1 writes, 5001 bytes, 2 syncs',
    undo: 'images: 8 reads, 75836 bytes, 6148 again, 7 writes, 10300 bytes, 2 syncs | others: 26 reads, 27596 bytes, 16448 again, 2 writes, 141 bytes, 2 syncs | buffers: 2, 131072 bytes',
    'remove-boot in place':
      'images: 107 reads, 760201 bytes, 122368 again, 4 writes, 8192 bytes, 3 syncs | others: 11 writes, 9409 bytes, 4 syncs | buffers: 1, 65536 bytes',
    compare: 'images: 97 reads, 10731008 bytes, 638464 again | buffers: 4, 4194304 bytes',
    batch:
      'images: 390 reads, 11443582 bytes, 1351038 again, 2 copies | others: 368 reads, 1330322 bytes, 45704 again, 16 writes, 10113144 bytes, 4 syncs',
    'batch with a report':
      'images: 430 reads, 21536126 bytes, 11443582 again, 2 copies | others: 408 reads, 11422866 bytes, 45704 again, 18 writes, 10113144 bytes, 5 syncs | buffers: 4, 1048576 bytes',
  },
  // 257 reads of 256 KiB are a pass for the MD5, 65 of 1 MiB one for a copy or a comparison.
  '64 MiB with an MD5': {
    inspect: 'images: 7 reads, 58880 bytes, 5632 again',
    'ls -R': 'images: 4 reads, 22528 bytes, 4096 again',
    extract:
      'images: 73 reads, 67144604 bytes, 14172 again | others: 66 writes, 67113884 bytes | buffers: 2, 2097152 bytes',
    'inject --dry-run': 'images: 287 reads, 67238767 bytes, 66415 again | buffers: 1, 262144 bytes',
    'inject to a copy':
      'images: 296 reads, 134419387 bytes, 67247035 again, 1 copies | others: 27 reads, 384377 bytes, 14798 again, 12 writes, 67490380 bytes, 2 syncs, 1 sizes | buffers: 4, 1183744 bytes',
    'inject to standard output':
      'images: 386 reads, 134470248 bytes, 67297896 again | buffers: 3, 2359296 bytes',
    'inject from standard input to standard output':
      'others: 386 reads, 134470248 bytes, 67297896 again, 1025 writes, 67172352 bytes | buffers: 5, 3478644 bytes',
    'inject in place':
      'images: 332 reads, 67706232 bytes, 222584 again, 11 writes, 318028 bytes, 5 syncs | others: 18 writes, 8133 bytes, 4 syncs | buffers: 6, 1560576 bytes',
    'extract-boot':
      'images: 10 reads, 70930 bytes, 10633 again | others: 16 reads, 7620 bytes, 1 writes, 5001 bytes, 2 syncs',
    undo: 'images: 9 reads, 383556 bytes, 6724 again, 7 writes, 6724 bytes, 2 syncs, 1 sizes | others: 30 reads, 21068 bytes, 13448 again, 2 writes, 141 bytes, 2 syncs | buffers: 3, 442368 bytes',
    'remove-boot in place':
      'images: 298 reads, 67964841 bytes, 481193 again, 7 writes, 8720 bytes, 5 syncs, 1 sizes | others: 17 writes, 12121 bytes, 4 syncs | buffers: 3, 634880 bytes',
    'media-check': 'images: 258 reads, 67143680 bytes, 2048 again | buffers: 1, 262144 bytes',
    compare: 'images: 137 reads, 134403584 bytes, 58880 again | buffers: 4, 4194304 bytes',
    batch:
      'images: 590 reads, 134490998 bytes, 146294 again | others: 54 reads, 768754 bytes, 29596 again, 518 writes, 134968320 bytes, 4 syncs, 2 sizes | buffers: 12, 3325952 bytes',
  },
};
