/** What a job of a batch can be told, as its manifest says it. */

/** What can be done with an image. */
export const DEEDS = ['inject', 'remove-boot', 'extract-boot', 'inspect', 'media-check'] as const;

/** What is done with an image. */
export type Deed = (typeof DEEDS)[number];

/** What a job is told, besides its image and where its result goes; documented in docs/batch.md. */
export interface Settings {
  readonly do?: Deed;
  readonly inPlace?: boolean;
  readonly undo?: boolean;
  readonly force?: boolean;
  readonly expect?: string;
  readonly bootPath?: string;
  readonly bootFile?: string;
  readonly donor?: string;
  readonly donorEntry?: number;
  readonly efi?: boolean;
  readonly bootInfoTable?: boolean;
  readonly loadSize?: number | 'full';
  readonly loadSegment?: number;
  readonly emulation?: string | number;
  readonly platform?: string;
  readonly id?: string;
  readonly reuseCatalog?: boolean;
  readonly add?: readonly string[];
  readonly replace?: boolean;
  readonly ensure?: boolean;
  readonly mediaCheck?: 'keep' | 'add' | 'strip';
  readonly action?: 'judge' | 'implant' | 'strip';
  readonly entry?: number;
  readonly catalog?: boolean;
}

/** Where results go. */
export interface Naming {
  readonly outDir?: string;
  readonly name?: string;
}

/** What every job has that does not say otherwise. */
export interface Defaults extends Settings, Naming {}

/** A job as it is written down: its image may be a folder or a glob. */
export interface Entry extends Defaults {
  readonly input: string;
  readonly output?: string;
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
