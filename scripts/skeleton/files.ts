// The files of a new chapter: one task, one check and one hint, each in the shape that all chapters have.
import { program, starterProgram } from './programs.ts';

export interface NewChapter {
  /** `12-streams` */
  folder: string;
  /** `streams` */
  name: string;
  /** `order-rate` */
  programs: string[];
}

const TASK = 'TODO 1: say when the service can do its work.';

/** Paths relative to the workbook, and what stands there. */
export function chapterSkeleton(chapter: NewChapter): Record<string, string> {
  const { folder, name, programs } = chapter;
  const starters = programs.flatMap((each) =>
    [`chapters/${folder}/starter`, `labs/${folder}`].map((place) => [
      `${place}/${each}.ts`,
      starterProgram(each, TASK),
    ]),
  );
  return {
    [`chapters/${folder}/README.md`]: readme(chapter),
    [`chapters/${folder}/hints.md`]: hints(chapter),
    [`chapters/${folder}/scenario.ts`]: scenario(chapter),
    [`chapters/${folder}/${name}.test.ts`]:
      "// The grader: each check is a sentence of the contract. They run in the order in which the tasks make them green.\nimport './checks/start.ts';\n",
    [`chapters/${folder}/checks/start.ts`]: checks(chapter),
    ...Object.fromEntries(starters),
    ...Object.fromEntries(programs.map((each) => [`solutions/${folder}/${each}.ts`, program(each)])),
    [`solutions/${folder}/mutants.ts`]: mutants(chapter),
  };
}

function readme({ name, programs }: NewChapter): string {
  return `---
title: ${name}
minutes: 90
needs: kafka
programs: [${programs.join(', ')}]
---
# ${name}

What the learner will make, in two sentences.

Afterwards you can say

- why …;
- what … costs.

## The problem

Why before how: what breaks without it, shown by an experiment that prints numbers.

## Your tasks

1. \`TODO 1\`: say when the service can do its work.

## What breaks in production

## Sources
`;
}

function hints({ folder, programs }: NewChapter): string {
  return `# Hints for chapter ${folder.slice(0, 2)}

Three rungs for each task: a direction, the place to look, the shape of the code.

## TODO 1: say when the service can do its work

### Direction

What must be true before a request to this service can succeed?

### Place

\`notReadyBecause()\` in \`labs/${folder}/${programs[0]}.ts\`.

### Shape

Nothing that it needs can be missing yet: \`return undefined\`.
`;
}

function scenario({ folder, programs }: NewChapter): string {
  const [first = ''] = programs;
  return `// What \`npm run lab ${folder.slice(0, 2)}\` plays.
import type { Scenario } from '#shared/testing/scenario.ts';

export const scenario: Scenario = {
  steps: [
    {
      title: 'the service is ready',
      task: 'TODO 1 (say when the service can do its work)',
      play: async (lab) => {
        const { status } = await lab.service('${first}').get('/health/ready');
        if (status !== 200) throw new Error(\`/health/ready answers \${status}\`);
        return '200';
      },
    },
  ],
  tryIt: (urlOf) => \`curl \${urlOf('${first}')}/health/ready\`,
};
`;
}

function checks({ programs }: NewChapter): string {
  const declared = programs.map(
    (name) => `check(
  {
    id: '${name}-ready',
    title: '${name} starts, and is ready once it can do its work',
    points: 1,
    why: 'Kubernetes sends traffic to a pod from the moment its readiness probe answers 200, and not before.',
    next: 'TODO 1 in ${name}.ts.',
  },
  async (bench) => {
    await bench.service('${name}');
    return 'ready answers 200';
  },
);
`,
  );
  return `// How the chapter's programs start.\nimport { check } from '#shared/testing/check.ts';\n\n${declared.join('\n')}`;
}

function mutants({ folder, programs }: NewChapter): string {
  const [first = ''] = programs;
  return `// What goes wrong in chapter ${folder.slice(0, 2)}, each as edits of the solution and the check that must notice; then what is right as well.
import type { AlsoRight, Mutant } from '#shared/mutant.ts';

export const mutants: Mutant[] = [
  {
    name: 'never-ready',
    caughtBy: '${first}-ready',
    edits: [{ file: '${first}.ts', from: '  return undefined;', to: "  return 'not yet';" }],
  },
];

export const alsoRight: AlsoRight[] = [];
`;
}
