/** What a job of a batch can be told, as its manifest says it. */

/** What can be done with an image. */
export const DEEDS = ['inject', 'remove-boot', 'extract-boot', 'inspect', 'media-check'] as const;

/** What is done with an image. */
export type Deed = (typeof DEEDS)[number];

/** What a job is told, besides its image and where its result goes; documented in docs/batch.md. */
export interface Settings {
  readonly do?: Deed | undefined;
  readonly inPlace?: boolean | undefined;
  readonly undo?: boolean | undefined;
  readonly force?: boolean | undefined;
  readonly expect?: string | undefined;
  readonly bootPath?: string | undefined;
  readonly bootFile?: string | undefined;
  readonly donor?: string | undefined;
  readonly donorEntry?: number | undefined;
  readonly efi?: boolean | undefined;
  readonly bootInfoTable?: boolean | undefined;
  readonly loadSize?: number | 'full' | undefined;
  readonly loadSegment?: number | undefined;
  readonly emulation?: string | number | undefined;
  readonly platform?: string | undefined;
  readonly id?: string | undefined;
  readonly reuseCatalog?: boolean | undefined;
  readonly add?: readonly string[] | undefined;
  readonly replace?: boolean | undefined;
  readonly ensure?: boolean | undefined;
  readonly mediaCheck?: 'keep' | 'add' | 'strip' | undefined;
  readonly action?: 'judge' | 'implant' | 'strip' | undefined;
  readonly entry?: number | undefined;
  readonly catalog?: boolean | undefined;
}

/** Where results go. */
export interface Naming {
  readonly outDir?: string | undefined;
  readonly name?: string | undefined;
}

/** What every job has that does not say otherwise. */
export interface Defaults extends Settings, Naming {}

/** A job as it is written down: its image may be a folder or a glob. */
export interface Entry extends Defaults {
  readonly input: string;
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
