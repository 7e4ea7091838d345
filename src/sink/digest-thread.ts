/** Where the code of the digest thread is: a file beside this one. The single file (scripts/single-file.js) has it inside. */
export function digestThread(): URL {
  return new URL('./digest-worker.js', import.meta.url);
}
