import type { ArgumentsCamelCase } from 'yargs';
import { IsoError } from '../errors.js';
import { LOCAL_ENTRY, parseAddedEntry } from '../job/added-entry.js';
import { inject } from '../job/inject.js';
import type { InjectOptions } from '../job/inject-options.js';
import { EMULATIONS, emulationNumber, PLATFORMS, platformNumber } from '../job/name.js';
import { editOptionsOf, OUTPUT_GROUP, OUTPUT_OPTIONS, SAFETY_GROUP, SAFETY_OPTIONS } from './edit.js';
import type { OptionTable } from './declaration.js';
import type { Host } from './host.js';
import { injectText } from './inject-text.js';
import { makeLogger } from './logging.js';
import {
  IMAGE_ARGUMENT,
  pathOption,
  refuseTogether,
  speechOf,
  wholeNumber,
  type CommonArgv,
} from './options.js';
import { printReport } from './output.js';
import { startProgress } from './progress.js';

/** Options of the contract that a later version has. */
const NOT_YET = ['boot-as', 'catalog-path', 'replace-file'] as const;

const OPTIONS = {
  ...OUTPUT_OPTIONS,
  'boot-path': { type: 'string', requiresArg: true, describe: 'Where in the image the loader is' },
  'boot-file': { type: 'string', takes: 'file', requiresArg: true, describe: 'A local loader to bring in' },
  donor: {
    type: 'string',
    takes: 'file',
    requiresArg: true,
    describe: 'A bootable image or disc to take the loaders from',
  },
  'donor-entry': { type: 'string', requiresArg: true, describe: 'Only this entry of the donor, from 1 on' },
  efi: {
    type: 'boolean',
    default: true,
    describe: 'Add an EFI image at a known place; --no-efi leaves it out',
  },
  'boot-info-table': {
    type: 'boolean',
    describe: 'Write a boot info table, or --no-boot-info-table; by its rule without either',
  },
  'load-size': {
    type: 'string',
    requiresArg: true,
    describe: '512-byte sectors that the firmware loads, or full',
  },
  'load-segment': { type: 'string', requiresArg: true, describe: 'Segment that it loads to; 0 means 0x7c0' },
  // Told to be text: yargs takes 1.44 for a number, which none of the choices is.
  emulation: {
    string: true,
    choices: EMULATIONS,
    requiresArg: true,
    describe: 'What the boot file is to look like',
  },
  platform: { choices: PLATFORMS, requiresArg: true, describe: 'What the loader runs on' },
  id: { type: 'string', requiresArg: true, describe: 'Identification in the catalog, up to 24 characters' },
  'reuse-catalog': {
    type: 'boolean',
    default: true,
    describe: 'Reuse a stale boot.cat beside the loader; --no-reuse-catalog does not',
  },
  add: {
    type: 'string',
    array: true,
    nargs: 1,
    requiresArg: true,
    describe: 'One more entry: bios:/path, efi:/path or efi:@local; may be given again',
  },
  replace: {
    type: 'boolean',
    default: false,
    describe: 'New entries for those of a bootable or broken image',
  },
  ensure: { type: 'boolean', default: false, describe: 'Succeed when the image boots in this way already' },
  'media-check': {
    choices: ['keep', 'add', 'strip'] as const,
    default: 'keep' as const,
    describe: 'What becomes of an implanted MD5',
  },
  ...SAFETY_OPTIONS,
  'boot-as': { type: 'string', hidden: true },
  'catalog-path': { type: 'string', hidden: true },
  'replace-file': { type: 'string', hidden: true },
} as const satisfies OptionTable;

const ENTRY_OPTIONS = [
  ...['boot-info-table', 'load-size', 'load-segment'],
  ...['emulation', 'platform', 'id', 'reuse-catalog'],
];

/** Declares the arguments of `inject`. */
export function build(yargs: CommonArgv) {
  return yargs
    .positional('image', IMAGE_ARGUMENT)
    .nargs('image', 1)
    .options(OPTIONS)
    .group(Object.keys(OUTPUT_OPTIONS), OUTPUT_GROUP)
    .group(['boot-path', 'boot-file', 'donor', 'donor-entry', 'efi'], 'The loader:')
    .group(ENTRY_OPTIONS, 'The boot entry:')
    .group(['add', 'replace', 'ensure', 'media-check'], 'What is there already:')
    .group(Object.keys(SAFETY_OPTIONS), SAFETY_GROUP)
    .example('isoboot inject vendor.iso', 'writes vendor-bootable.iso')
    .example('isoboot inject vendor.iso --in-place', 'edits the image; isoboot undo vendor.iso takes it back')
    .example('isoboot inject vendor.iso --donor working.iso', 'takes the loader from a disc that boots')
    .example('isoboot inject vendor.iso --dry-run', 'shows every change')
    .example('isoboot inject vendor.iso --add efi:@efi.img', 'boots by UEFI as well, from a local FAT image')
    .example('isoboot inject broken.iso --replace', 'new boot entries for the old ones');
}

type InjectArguments = ArgumentsCamelCase<Awaited<ReturnType<typeof build>['argv']>>;

/** Runs `inject`. */
export async function run(args: InjectArguments, host: Host): Promise<void> {
  for (const option of NOT_YET) {
    if (args[option] !== undefined) {
      throw new IsoError('ISO_USAGE_NOT_YET', `--${option} is not in this version yet`, {
        found: `--${option}`,
      });
    }
  }
  const options = await optionsOf(args, host);
  const logger = await makeLogger(host, args, 'inject');
  const progress = startProgress(host, args.progress && !args.quiet);
  try {
    const report = await inject({ ...options, logger, onProgress: progress.onProgress, signal: host.signal });
    progress.stop();
    const stdoutTaken = options.target.kind === 'stream' && !args.dryRun;
    await printReport(host, speechOf(args, stdoutTaken), report, () => injectText(report, host.platform));
  } finally {
    progress.stop();
  }
}

async function optionsOf(args: InjectArguments, host: Host): Promise<InjectOptions> {
  refuseTogether({ '--boot-path': args.bootPath, '--boot-file': args.bootFile, '--donor': args.donor });
  if ((args.add ?? []).filter((text) => text.startsWith(LOCAL_ENTRY)).length > 1) {
    throw new IsoError('ISO_USAGE_CONFLICT', 'only one local image can be added', {
      wanted: 'one efi:@local',
    });
  }
  if (args.donorEntry !== undefined && args.donor === undefined) {
    throw new IsoError('ISO_USAGE_CONFLICT', '--donor-entry goes with --donor', { wanted: '--donor' });
  }
  return {
    ...(await editOptionsOf(args, host, 'bootable')),
    bootPath: pathOption('--boot-path', args.bootPath),
    bootFile: pathOption('--boot-file', args.bootFile),
    donor: pathOption('--donor', args.donor),
    donorEntry:
      args.donorEntry === undefined ? undefined : wholeNumber('--donor-entry', args.donorEntry, 1, 0xffff),
    efi: args.efi,
    bootInfoTable: args.bootInfoTable === undefined ? 'auto' : args.bootInfoTable ? 'yes' : 'no',
    loadSize: loadSizeOf(args.loadSize),
    loadSegment:
      args.loadSegment === undefined ? undefined : wholeNumber('--load-segment', args.loadSegment, 0, 0xffff),
    bootMediaType: args.emulation === undefined ? undefined : emulationNumber(args.emulation),
    platformId: args.platform === undefined ? undefined : platformNumber(args.platform),
    id: idOf(args.id),
    reuseCatalog: args.reuseCatalog,
    add: (args.add ?? []).map(parseAddedEntry),
    replace: args.replace,
    ensure: args.ensure,
    mediaCheck: args.mediaCheck,
  };
}

function loadSizeOf(text: string | undefined): InjectOptions['loadSize'] {
  if (text === undefined || text === 'full') {
    return text;
  }
  return wholeNumber('--load-size', text, 0, 0xffff);
}

function idOf(text: string | undefined): string | undefined {
  if (text !== undefined && !/^[\x20-\x7e]{0,24}$/.test(text)) {
    throw new IsoError('ISO_USAGE_ARGUMENT', '--id takes up to 24 characters of ASCII', {
      found: text.length,
      wanted: 24,
    });
  }
  return text;
}
