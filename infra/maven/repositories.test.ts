import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { cacheFolder } from '../machine/cache.ts';
import { scratchCache } from '../machine/test-cache.ts';
import { localRepository, parseSettings, remoteRepositories } from './repositories.ts';

scratchCache();
beforeEach(() => {
  vi.stubEnv('HOME', cacheFolder('home'));
  vi.stubEnv('WORKBOOK_MAVEN_REPO', undefined);
  vi.stubEnv('WORKBOOK_LOCAL_MAVEN', undefined);
});

/** A settings.xml as in a user's home folder. */
function writeSettings(content: string): void {
  fs.mkdirSync(cacheFolder('home', '.m2'), { recursive: true });
  fs.writeFileSync(cacheFolder('home', '.m2', 'settings.xml'), `<settings>${content}</settings>`);
}

const mirror = (mirrorOf: string, url = 'http://mirror.test/maven', more = '') =>
  `<mirrors><mirror><id>m</id><mirrorOf>${mirrorOf}</mirrorOf><url>${url}</url>${more}</mirror></mirrors>`;

const CENTRAL = undefined;

test('without settings it is Maven Central', () => {
  expect(remoteRepositories()).toEqual([CENTRAL]);
  expect(localRepository()).toBe(cacheFolder('home', '.m2', 'repository'));
});

test.each(['central', '*', 'external:*', 'other, central', '*,!other'])(
  'a mirror of "%s" comes before Central',
  (of) => {
    writeSettings(mirror(of));
    expect(remoteRepositories()).toEqual(['http://mirror.test/maven/', CENTRAL]);
  },
);

test.each(['other', '*,!central', ''])('a mirror of "%s" does not stand for Central', (mirrorOf) => {
  writeSettings(mirror(mirrorOf));
  expect(remoteRepositories()).toEqual([CENTRAL]);
});

test('a blocked mirror is left alone', () => {
  writeSettings(mirror('*', 'http://mirror.test/', '<blocked>true</blocked>'));
  expect(remoteRepositories()).toEqual([CENTRAL]);
});

test('WORKBOOK_MAVEN_REPO replaces mirrors and Central', () => {
  writeSettings(mirror('*'));
  vi.stubEnv('WORKBOOK_MAVEN_REPO', 'http://mine.test/repo');
  expect(remoteRepositories()).toEqual(['http://mine.test/repo/']);
});

test('variables and the home folder are filled in', () => {
  vi.stubEnv('MIRROR_HOST', 'filled.test');
  const settings = parseSettings(
    `<settings><localRepository>\${user.home}/repo</localRepository>${mirror('*', 'http://${env.MIRROR_HOST}/')}</settings>`,
  );
  expect(settings.localRepository).toBe(path.join(cacheFolder('home'), 'repo'));
  expect(settings.mirrors[0]?.url).toBe('http://filled.test/');
});

test('settings.xml may move the local repository, and WORKBOOK_LOCAL_MAVEN again', () => {
  writeSettings('<localRepository>/elsewhere</localRepository>');
  expect(localRepository()).toBe('/elsewhere');
  vi.stubEnv('WORKBOOK_LOCAL_MAVEN', '/nowhere');
  expect(localRepository()).toBe('/nowhere');
});

test('comments and an empty file are no settings', () => {
  writeSettings(`<!-- ${mirror('*')} -->`);
  expect(remoteRepositories()).toEqual([CENTRAL]);
  expect(parseSettings('<settings/>').mirrors).toEqual([]);
});
