import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { XMLParser } from 'fast-xml-parser';

/** Where Maven keeps what it has downloaded; `WORKBOOK_LOCAL_MAVEN` or `localRepository` in settings.xml override it. */
export function localRepository(): string {
  const configured = readSettings().map((settings) => settings.localRepository);
  return (
    process.env.WORKBOOK_LOCAL_MAVEN ||
    configured.find((folder) => folder !== undefined) ||
    path.join(os.homedir(), '.m2', 'repository')
  );
}

/**
 * Base URLs to try in order: `WORKBOOK_MAVEN_REPO` alone when it is set; otherwise the mirrors of settings.xml that stand
 * for Maven Central, then `undefined`, which means Central itself (mvn-artifact-url knows its address).
 */
export function remoteRepositories(): (string | undefined)[] {
  const { WORKBOOK_MAVEN_REPO } = process.env;
  if (WORKBOOK_MAVEN_REPO) return [withSlash(WORKBOOK_MAVEN_REPO)];
  const mirrors = readSettings().flatMap((settings) => settings.mirrors.filter(coversCentral));
  return [...mirrors.map(({ url }) => withSlash(url)), undefined];
}

function withSlash(url: string): string {
  return `${url.replace(/\/+$/, '')}/`;
}

interface Mirror {
  url: string;
  mirrorOf: string;
  blocked: boolean;
}

interface Settings {
  localRepository?: string;
  mirrors: Mirror[];
}

/** Maven's own search order: the user's settings come before those of the installation. */
function readSettings(): Settings[] {
  const homes = [process.env.MAVEN_HOME, process.env.M2_HOME].filter((home) => home !== undefined);
  return [
    path.join(os.homedir(), '.m2', 'settings.xml'),
    ...homes.map((home) => path.join(home, 'conf', 'settings.xml')),
    '/etc/maven/settings.xml',
  ]
    .filter((file) => fs.existsSync(file))
    .map((file) => parseSettings(fs.readFileSync(file, 'utf8')));
}

/** Reads the parts of a settings.xml that decide where artifacts come from, with `${env.X}` and `${user.home}` filled in. */
export function parseSettings(xml: string): Settings {
  const parser = new XMLParser({ isArray: (name) => name === 'mirror', parseTagValue: false });
  const { settings = {} } = parser.parse(xml) as { settings?: { localRepository?: string; mirrors?: unknown } };
  const { mirror = [] } = (settings.mirrors || {}) as { mirror?: Record<string, string>[] };
  return {
    ...(settings.localRepository ? { localRepository: fillIn(settings.localRepository) } : {}),
    mirrors: mirror.map((entry) => ({
      url: fillIn(entry.url ?? ''),
      mirrorOf: entry.mirrorOf ?? '',
      blocked: entry.blocked === 'true',
    })),
  };
}

function fillIn(text: string): string {
  return text
    .replaceAll(/\$\{env\.([^}]+)\}/g, (_, name: string) => process.env[name] ?? '')
    .replaceAll(/\$\{user\.home\}/g, os.homedir());
}

/** Maven's rules for `mirrorOf`: a list of ids, `*`, `external:*`, and `!id` for exceptions. */
function coversCentral({ url, mirrorOf, blocked }: Mirror): boolean {
  const patterns = mirrorOf.split(',').map((pattern) => pattern.trim());
  return (
    url !== '' &&
    !blocked &&
    !patterns.includes('!central') &&
    patterns.some((pattern) => ['*', 'central', 'external:*'].includes(pattern))
  );
}
