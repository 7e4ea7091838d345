/** All cases, in the order in which they run: those of one large image side by side, as it is removed behind them. */
import { batch } from './batch.js';
import { checkedBatch } from './checked-batch.js';
import { checkedCopy } from './checked-copy.js';
import { copy } from './copy.js';
import { crowd } from './crowd.js';
import { mediaCheck } from './media-check.js';
import { startUp } from './start-up.js';
import { stream } from './stream.js';

export const CASES = [startUp, batch, crowd, copy, stream, checkedCopy, mediaCheck, checkedBatch];
