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
    extract: 'images: 22 reads, 87411 bytes, 12084 again | others: 11 writes, 48499 bytes',
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
    extract: 'images: 20 reads, 58284 bytes, 30556 again | others: 5 writes, 9132 bytes',
    'inject --dry-run': 'images: 110 reads, 95721 bytes, 20777 again',
    'inject to a copy':
      'images: 166 reads, 511505 bytes, 120337 again, 1 copies | others: 87 reads, 101285 bytes, 26344 again, 42 writes, 407672 bytes, 2 syncs',
    'inject to standard output': 'images: 238 reads, 567254 bytes, 176086 again | buffers: 2, 782336 bytes',
    'inject from standard input to standard output': 'buffers: 2, 1439744 bytes',
    'inject in place':
      'images: 307 reads, 311750 bytes, 230882 again, 41 writes, 16504 bytes, 7 syncs | others: 81 writes, 19385 bytes, 4 syncs | buffers: 1, 65536 bytes',
    'extract-boot':
      'images: 17 reads, 85266 bytes, 10633 again | others: 79 reads, 18872 bytes, 1 writes, 5001 bytes, 2 syncs',
    undo: 'images: 40 reads, 82024 bytes, 8240 again, 39 writes, 16488 bytes, 2 syncs | others: 138 reads, 43600 bytes, 24728 again, 2 writes, 141 bytes, 2 syncs | buffers: 2, 131072 bytes',
    'remove-boot in place':
      'images: 34 reads, 194953 bytes, 114176 again, 4 writes, 8192 bytes, 3 syncs | others: 11 writes, 9409 bytes, 4 syncs | buffers: 1, 65536 bytes',
    compare: 'images: 16 reads, 855552 bytes, 73216 again | buffers: 4, 4194304 bytes',
    batch:
      'images: 332 reads, 1023010 bytes, 240674 again, 2 copies | others: 174 reads, 202570 bytes, 52688 again, 84 writes, 815344 bytes, 4 syncs',
    'batch with a report':
      'images: 336 reads, 1805346 bytes, 1023010 again, 2 copies | others: 178 reads, 984906 bytes, 52688 again, 86 writes, 815344 bytes, 5 syncs | buffers: 4, 1048576 bytes',
  },
  // Two trees of 42 directories; each directory is one read, and one more for the proof of an edit.
  '2000 files': {
    inspect: 'images: 87 reads, 638464 bytes, 7680 again',
    'ls -R': 'images: 44 reads, 354304 bytes, 8192 again',
    extract: 'images: 98 reads, 371328 bytes, 18432 again | others: 50 writes, 640 bytes',
    'inject --dry-run': 'images: 278 reads, 658923 bytes, 16611 again',
    'inject to a copy':
      'images: 287 reads, 5717543 bytes, 671271 again, 1 copies | others: 268 reads, 660917 bytes, 18608 again, 8 writes, 5056572 bytes, 2 syncs',
    'inject to standard output':
      'images: 558 reads, 6349608 bytes, 1303336 again | buffers: 2, 2097152 bytes',
    'inject from standard input to standard output': 'buffers: 7, 7143424 bytes',
    'inject in place':
      'images: 563 reads, 1410072 bytes, 767760 again, 7 writes, 10300 bytes, 5 syncs | others: 17 writes, 11661 bytes, 4 syncs | buffers: 1, 65536 bytes',
    'extract-boot':
      'images: 90 reads, 650514 bytes, 12681 again | others: 15 reads, 11148 bytes, 1 writes, 5001 bytes, 2 syncs',
    undo: 'images: 8 reads, 75836 bytes, 6148 again, 7 writes, 10300 bytes, 2 syncs | others: 26 reads, 27596 bytes, 16448 again, 2 writes, 141 bytes, 2 syncs | buffers: 2, 131072 bytes',
    'remove-boot in place':
      'images: 107 reads, 760201 bytes, 122368 again, 4 writes, 8192 bytes, 3 syncs | others: 11 writes, 9409 bytes, 4 syncs | buffers: 1, 65536 bytes',
    compare: 'images: 97 reads, 10731008 bytes, 638464 again | buffers: 4, 4194304 bytes',
    batch:
      'images: 574 reads, 11435086 bytes, 1342542 again, 2 copies | others: 536 reads, 1321834 bytes, 37216 again, 16 writes, 10113144 bytes, 4 syncs',
    'batch with a report':
      'images: 614 reads, 21527630 bytes, 11435086 again, 2 copies | others: 576 reads, 11414378 bytes, 37216 again, 18 writes, 10113144 bytes, 5 syncs | buffers: 4, 1048576 bytes',
  },
  // 257 reads of 256 KiB are a pass for the MD5, 65 of 1 MiB one for a copy or a comparison.
  '64 MiB with an MD5': {
    inspect: 'images: 7 reads, 58880 bytes, 5632 again',
    'ls -R': 'images: 4 reads, 22528 bytes, 4096 again',
    extract:
      'images: 73 reads, 67144604 bytes, 14172 again | others: 66 writes, 67113884 bytes | buffers: 2, 2097152 bytes',
    'inject --dry-run': 'images: 300 reads, 67238527 bytes, 66175 again | buffers: 1, 262144 bytes',
    'inject to a copy':
      'images: 309 reads, 134419147 bytes, 67246795 again, 1 copies | others: 31 reads, 384133 bytes, 14554 again, 12 writes, 67490380 bytes, 2 syncs, 1 sizes | buffers: 4, 1183744 bytes',
    'inject to standard output':
      'images: 403 reads, 134469764 bytes, 67297412 again | buffers: 3, 2359296 bytes',
    'inject from standard input to standard output':
      'others: 403 reads, 134469764 bytes, 67297412 again, 1025 writes, 67172352 bytes | buffers: 5, 3478644 bytes',
    'inject in place':
      'images: 349 reads, 67705748 bytes, 222100 again, 11 writes, 318028 bytes, 5 syncs | others: 18 writes, 8133 bytes, 4 syncs | buffers: 6, 1560576 bytes',
    'extract-boot':
      'images: 10 reads, 70930 bytes, 10633 again | others: 16 reads, 7620 bytes, 1 writes, 5001 bytes, 2 syncs',
    undo: 'images: 9 reads, 383556 bytes, 6724 again, 7 writes, 6724 bytes, 2 syncs, 1 sizes | others: 30 reads, 21068 bytes, 13448 again, 2 writes, 141 bytes, 2 syncs | buffers: 3, 442368 bytes',
    'remove-boot in place':
      'images: 299 reads, 67964849 bytes, 481201 again, 7 writes, 8720 bytes, 5 syncs, 1 sizes | others: 17 writes, 12121 bytes, 4 syncs | buffers: 3, 634880 bytes',
    'media-check': 'images: 258 reads, 67143680 bytes, 2048 again | buffers: 1, 262144 bytes',
    compare: 'images: 137 reads, 134403584 bytes, 58880 again | buffers: 4, 4194304 bytes',
    batch:
      'images: 616 reads, 134490518 bytes, 145814 again | others: 62 reads, 768266 bytes, 29108 again, 518 writes, 134968320 bytes, 4 syncs, 2 sizes | buffers: 12, 3325952 bytes',
  },
};
