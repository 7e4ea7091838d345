import type { Draft } from './draft.js';
import type { FreeSpace } from './free-space.js';
import type { View } from './view.js';

/** What a plan is made with. */
export interface Tools {
  readonly draft: Draft;
  readonly view: View;
  readonly space: FreeSpace;
}
