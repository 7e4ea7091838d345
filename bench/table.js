/** The figures as tables for people. */

/** A row for each claim. */
export function claimTable(cases) {
  const head = ['claim', 'isoboot', 'reference', 'ratio', 'quartiles', 'target', 'met'];
  const rows = cases.flatMap(({ claims }) => claims.map(claimRow));
  return layOut([head, ...rows]);
}

function claimRow(claim) {
  const { what, target, notRun, ratio, ratioQuartiles, met } = claim;
  if (notRun !== undefined) {
    return [what, '', '', '', '', targetOf(target), `not run: ${notRun}`];
  }
  const spread = ratioQuartiles.map(figure).join(' to ');
  const times = [claim.oursSeconds, claim.referenceSeconds].map(duration);
  return [what, ...times, figure(ratio), spread, targetOf(target), answer(met)];
}

/** A row for the memory of each command of isoboot. */
export function memoryTable(cases) {
  const head = ['peak of memory', 'isoboot', 'target', 'met'];
  const rows = cases.flatMap(({ memory }) =>
    memory.map(({ what, peakBytes, atMostBytes, met }) => {
      return [what, megabytes(peakBytes), `<= ${megabytes(atMostBytes)}`, answer(met)];
    }),
  );
  return layOut([head, ...rows]);
}

function targetOf(target) {
  if (target === null) {
    return '';
  }
  return target.atMost === undefined ? `>= ${target.atLeast} times` : `<= ${target.atMost}`;
}

function answer(met) {
  return met === null ? '' : met ? 'yes' : 'NO';
}

function figure(number) {
  return number >= 10 ? number.toFixed(1) : number.toFixed(2);
}

function duration(seconds) {
  return seconds < 1 ? `${(seconds * 1000).toFixed(1)} ms` : `${seconds.toFixed(2)} s`;
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Columns as wide as what stands in them, in a form that Markdown takes as well. */
function layOut(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`);
  lines.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  return lines.join('\n');
}
