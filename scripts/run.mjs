// Starts one verb of the workbook on the Node that `npm ci` installed, replacing this process so that signals and exit
// codes need no relay. Plain JavaScript, because it must be able to explain itself on any Node that finds it.
import { existsSync } from 'node:fs';
import path from 'node:path';

const REQUIRED_MAJOR = 24;
const [verb, ...args] = process.argv.slice(2);

function refuse(sentence) {
  console.error(sentence);
  process.exit(2);
}

if (process.platform === 'win32') {
  refuse(
    'The workbook runs on Linux, macOS and Windows through WSL2 or the dev container (.devcontainer), not on native ' +
      'Windows.\nNext: open this folder in WSL2 (wsl --install), or in the dev container, and run the command again.',
  );
}
if (Number(process.versions.node.split('.')[0]) < REQUIRED_MAJOR || typeof process.execve !== 'function') {
  refuse(
    `The workbook needs Node ${REQUIRED_MAJOR} and this is ${process.version}; \`npm ci\` installs the right one for Linux and ` +
      'macOS on x64 and arm64.\nNext: npm ci, then the same command through npm (npm run …).',
  );
}

if (!existsSync(path.join(import.meta.dirname, '..', 'node_modules', 'tsx'))) {
  refuse('The packages of the workbook are not installed.\nNext: npm ci, then the same command again.');
}

const script = path.join(import.meta.dirname, `${verb}.ts`);
if (!existsSync(script)) refuse(`There is no verb "${verb}" in scripts/.\nNext: npm run, which lists the verbs.`);

const flags = [
  '--use-system-ca', // certificates of the machine, so that a company's proxy is trusted
  '--disable-sigusr1', // a graded program cannot open the grader's debugger by a signal
  '--disable-warning=TimeoutNegativeWarning', // tulios/kafkajs#1751, cosmetic
  '--disable-warning=ExperimentalWarning',
  '--import=tsx',
];
process.execve(process.execPath, [process.execPath, ...flags, script, ...args], {
  ...process.env,
  NODE_USE_ENV_PROXY: '1', // HTTPS_PROXY and friends hold for downloads
});
