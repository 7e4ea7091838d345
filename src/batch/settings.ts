/** What a job of a batch can be told, as its manifest says it. */

/** What can be done with an image. */
export const DEEDS = ['inject', 'remove-boot', 'extract-boot', 'inspect', 'media-check'] as const;

/** What is done with an image. */
export type Deed = (typeof DEEDS)[number];

/** What a job is told, besides its image and where its result goes; documented in docs/batch.md. */
export interface Settings {
  /** What is done with the image; `inject` without it. */
  readonly do?: Deed | undefined;
  /** Edits the image itself. */
  readonly inPlace?: boolean | undefined;
  /** Whether an edit in place keeps an undo file; true unless it is false. */
  readonly undo?: boolean | undefined;
  /** Overwrites an output that is there. */
  readonly force?: boolean | undefined;
  /** Digest that the image must have: `sha256:`, `sha512:` or `md5:` and digits. */
  readonly expect?: string | undefined;
  /** The loader, as a path in the image. */
  readonly bootPath?: string | undefined;
  /** The loader, as a local file. */
  readonly bootFile?: string | undefined;
  /** A bootable image that the loaders are taken from. */
  readonly donor?: string | undefined;
  /** One entry of the donor's catalog, from 1 on. */
  readonly donorEntry?: number | undefined;
  /** Whether an EFI image at a known place is added; true unless it is false. */
  readonly efi?: boolean | undefined;
  /** Whether a boot info table is written; by its rule without it. */
  readonly bootInfoTable?: boolean | undefined;
  /** 512-byte sectors that the firmware loads, or the whole file. */
  readonly loadSize?: number | 'full' | undefined;
  /** Segment that the firmware loads to. */
  readonly loadSegment?: number | undefined;
  /** What the boot file is to look like, such as `none` or `1.44`. */
  readonly emulation?: string | number | undefined;
  /** What the loader runs on, such as `x86` or `efi`. */
  readonly platform?: string | undefined;
  /** Identification in the catalog, up to 24 characters. */
  readonly id?: string | undefined;
  /** Whether a stale catalog file beside the loader takes the new one; true unless it is false. */
  readonly reuseCatalog?: boolean | undefined;
  /** More entries: `bios:/path`, `efi:/path` or `efi:@local`. */
  readonly add?: readonly string[] | undefined;
  /** New entries for those that the image has. */
  readonly replace?: boolean | undefined;
  /** Lets an image fail that boots in another way already. */
  readonly ensure?: boolean | undefined;
  /** What becomes of an implanted MD5. */
  readonly mediaCheck?: 'keep' | 'add' | 'strip' | undefined;
  /** What is done about a media check; it is judged without it. */
  readonly action?: 'judge' | 'implant' | 'strip' | undefined;
  /** The boot entry to take out, from 1 on. */
  readonly entry?: number | undefined;
  /** Takes out the boot catalog in place of an entry. */
  readonly catalog?: boolean | undefined;
}

/** Where results go. */
export interface Naming {
  /** The folder of results; beside each image without it. */
  readonly outDir?: string | undefined;
  /** What a result is named, such as `{stem}-bootable.iso`. */
  readonly name?: string | undefined;
}

/** What every job has that does not say otherwise. */
export interface Defaults extends Settings, Naming {}

/** A job as it is written down: its image may be a folder or a glob. */
export interface Entry extends Defaults {
  /** An image, a folder of images or a glob. */
  readonly input: string;
  /** Where the result of a single image goes. */
  readonly output?: string | undefined;
}

const RESULT = ['outDir', 'name', 'output', 'force'] as const;
const EDIT = [...RESULT, 'inPlace', 'undo', 'expect'] as const;

/** What goes with each deed; the manifest's JSON Schema says the same. */
export const FIELDS_OF: Readonly<Record<Deed, readonly (keyof Entry)[]>> = {
  inject: [
    ...EDIT,
    'bootPath',
    'bootFile',
    'donor',
    'donorEntry',
    'efi',
    'bootInfoTable',
    'loadSize',
    'loadSegment',
    'emulation',
    'platform',
    'id',
    'reuseCatalog',
    'add',
    'replace',
    'ensure',
    'mediaCheck',
  ],
  'remove-boot': [...EDIT, 'mediaCheck'],
  'extract-boot': [...RESULT, 'entry', 'catalog'],
  inspect: [],
  'media-check': [...EDIT, 'action'],
};

/** A job with the defaults that go with what it does. */
export function withDefaults(entry: Entry, defaults: Defaults): Entry & { readonly do: Deed } {
  const deed = entry.do ?? defaults.do ?? 'inject';
  const fields: readonly string[] = FIELDS_OF[deed];
  // Where a job says by itself where its result goes, or what it boots, no default says it again.
  const told = EXCLUDING.filter((group) => group.some((name) => entry[name] !== undefined)).flat();
  const fitting = Object.entries(defaults).filter(
    ([name, value]) =>
      fields.includes(name) &&
      !told.includes(name as keyof Entry) &&
      !(deed === 'remove-boot' && name === 'mediaCheck' && value === 'add'),
  );
  return { ...(Object.fromEntries(fitting) as Defaults), ...entry, do: deed };
}

/** Whether a job only reads. */
export function onlyReads({ do: deed, action = 'judge' }: Settings): boolean {
  return deed === 'inspect' || (deed === 'media-check' && action === 'judge');
}

/** Fields of which one says what another would say as well. */
export const EXCLUDING: readonly (readonly (keyof Entry)[])[] = [
  ['bootPath', 'bootFile', 'donor'],
  ['inPlace', 'output'],
];
