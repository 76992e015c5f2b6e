import { expect, test } from 'vitest';
import { chapterSkeleton } from './files.ts';

test('a skeleton has the files that every chapter has, and its starter is what labs ships', () => {
  const files = chapterSkeleton({ folder: '12-streams', name: 'streams', programs: ['order-rate'] });
  expect(Object.keys(files).sort()).toEqual([
    'chapters/12-streams/README.md',
    'chapters/12-streams/checks/start.ts',
    'chapters/12-streams/hints.md',
    'chapters/12-streams/scenario.ts',
    'chapters/12-streams/starter/order-rate.ts',
    'chapters/12-streams/streams.test.ts',
    'labs/12-streams/order-rate.ts',
    'solutions/12-streams/mutants.ts',
    'solutions/12-streams/order-rate.ts',
  ]);
  expect(files['labs/12-streams/order-rate.ts']).toBe(files['chapters/12-streams/starter/order-rate.ts']);
  expect(files['labs/12-streams/order-rate.ts']).toContain("notDoneYet('TODO 1:");
  expect(files['solutions/12-streams/order-rate.ts']).not.toContain('TODO');
});
