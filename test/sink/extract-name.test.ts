/** What names of an image become on disk. */
import t from 'tap';
import { safeName, TakenNames } from '../../src/sink/extract-name.js';

const PLATFORMS = ['linux', 'darwin', 'win32'];

t.test('names that lead elsewhere', async (t) => {
  const cases: readonly [string, string][] = [
    ['', '_'],
    ['.', '_'],
    ['..', '__'],
    ['/', '_'],
    ['../x', '.._x'],
    ['a/../../x', 'a_.._.._x'],
    ['/etc/passwd', '_etc_passwd'],
    ['a\0b', 'a_b'],
    ['\u001b[2J', '_[2J'],
    ['line\nend\u007f\u009b', 'line_end__'],
  ];
  for (const platform of PLATFORMS) {
    for (const [name, wanted] of cases) {
      t.equal(safeName(name, platform), wanted, `${JSON.stringify(name)} on ${platform}`);
    }
  }
  t.equal(safeName('a\ud800b', 'linux'), 'a\ufffdb', 'half a character');
});

t.test('names that are kept', async (t) => {
  const names = ['README.txt', '.hidden', '...', 'a b', 'Grüße', '日本', 'x;1', '~', '-rf', 'tilde~2.txt'];
  for (const name of names) {
    t.equal(safeName(name, 'linux'), name);
  }
  for (const name of ['a\\b', 'dev\\x2d', 'a:b', 'con', 'nul.txt', 'dot.', 'what?']) {
    t.equal(safeName(name, 'linux'), name, `${name} is a name like any other`);
  }
});

t.test('names that Windows keeps for itself', async (t) => {
  const cases: readonly [string, string][] = [
    ['a\\b', 'a_b'],
    ['..\\..\\x', '.._.._x'],
    ['C:', 'C_'],
    ['file:stream', 'file_stream'],
    ['<>"|?*', '______'],
    ['dot.', 'dot_'],
    ['dots. .', 'dots___'],
    ['...', '___'],
    ['con', '_con'],
    ['NUL.txt', '_NUL.txt'],
    ['com1', '_com1'],
    ['LPT\u00b2.tar.gz', '_LPT\u00b2.tar.gz'],
    ['aux .c', '_aux .c'],
    ['conin$', '_conin$'],
    ['console', 'console'],
    ['com10', 'com10'],
  ];
  for (const [name, wanted] of cases) {
    t.equal(safeName(name, 'win32'), wanted, name);
  }
});

t.test('names that are too long', async (t) => {
  const bytes = (name: string): number => Buffer.byteLength(name);
  t.equal(bytes(safeName('x'.repeat(4096), 'linux')), 255);
  const ideographs = safeName(`${'語'.repeat(103)}.txt`, 'linux');
  t.ok(
    bytes(ideographs) <= 255 && ideographs.endsWith('語.txt'),
    'no character is cut, the extension is kept',
  );
  t.equal(safeName('y'.repeat(255), 'linux').length, 255);
  const names = new TakenNames('linux');
  const first = names.take('z'.repeat(300));
  const second = names.take('z'.repeat(301));
  t.equal(first, 'z'.repeat(255));
  t.equal(second, `${'z'.repeat(253)}~2`);
});

t.test('names that are the same', async (t) => {
  const taken = (platform: string, ...names: string[]): string[] => {
    const all = new TakenNames(platform);
    return names.map((name) => all.take(name));
  };
  t.strictSame(taken('linux', 'a.txt', 'a.txt', 'a.txt'), ['a.txt', 'a~2.txt', 'a~3.txt']);
  t.strictSame(taken('linux', 'a', 'a~2', 'a', 'a~2'), ['a', 'a~2', 'a~3', 'a~2~2']);
  t.strictSame(taken('linux', 'a/b', 'a_b', 'a\0b'), ['a_b', 'a_b~2', 'a_b~3'], 'by being made safe');
  t.strictSame(taken('linux', 'Makefile', 'makefile'), ['Makefile', 'makefile']);
  for (const platform of ['win32', 'darwin']) {
    t.strictSame(taken(platform, 'Makefile', 'makefile'), ['Makefile', 'makefile~2'], platform);
    t.strictSame(taken(platform, 'e\u0301', '\u00e9'), ['e\u0301', '\u00e9~2'], `${platform}, composed`);
  }
  t.strictSame(taken('linux', '.x', '.x'), ['.x', '.x~2'], 'a leading dot starts no extension');
  const many = new TakenNames('linux');
  const started = performance.now();
  for (let i = 0; i < 50_000; i += 1) {
    many.take('same');
  }
  t.ok(performance.now() - started < 5000, 'many of one name take no time each');
});
