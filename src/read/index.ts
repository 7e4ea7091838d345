/** isoboot/iso9660: reads ISO 9660 images, their trees, boot catalogs and allocation; edits nothing. */

export { readImage, type Image, type ReadImageOptions } from './image.js';
export { AllocationMap, type Claim, type ClaimKind, type Gap } from './allocation-map.js';
export { type Boot, type BootEntry } from './boot.js';
export { type BootCatalog, type CatalogEntry } from './boot-catalog.js';
export {
  type BootFileFacts,
  type BootInfoTableState,
  judgeBootInfoTable,
  readBootFile,
} from './boot-file.js';
export { type BootImageSize, type SizeFrom } from './boot-image.js';
export {
  type Descriptor,
  type DescriptorKind,
  type DescriptorSet,
  type TreeDescriptor,
} from './descriptor-set.js';
export { type Finding, type Severity } from './finding.js';
export { piecesOf, type Piece } from './file-pieces.js';
export { LIMITS } from './limits.js';
export { recogniseLoader, type Loader } from './loader.js';
export {
  childrenIn,
  findFile,
  findIn,
  isDirectoryIn,
  nameIn,
  requireFile,
  viewsOf,
  type NameSpace,
  type Trees,
  type TreeView,
} from './lookup.js';
export { type ManifestAlgorithm } from './manifest-line.js';
export { readManifests, type ListedFile, type ManifestEntry, type Manifests } from './manifest.js';
export { type Hybrid } from './partition-overlay.js';
export { type Session } from './sessions.js';
export { type Tree } from './tree.js';
export {
  type ContinuationPointer,
  type DirectoryPointers,
  type Extent,
  type Interleave,
  type NodeOddities,
  TreeNode,
} from './tree-node.js';
export { type UdfVolume } from './udf-overlay.js';
export { type UdfTree } from './udf-tree.js';
export { type Source } from '../source/source.js';
export { FileSource } from '../source/file-source.js';
export { MemorySource } from '../source/memory-source.js';
export { PiecesSource } from '../source/pieces-source.js';
export { IsoError, ERROR_CODES, EXIT, type ExitCode, type IsoErrorCode } from '../errors.js';
