import { expect, test } from 'vitest';
import { withoutRepetitions } from './repetitions.ts';

test('lines that differ in times, ports and ids are one line, where the last of them stood', () => {
  const lines = [
    '12:00:01 connect ECONNREFUSED 127.0.0.1:9092',
    'order 3f2b8c1e-aaaa-4bbb-8ccc-121212121212 published',
    '12:00:02 connect ECONNREFUSED 127.0.0.1:9093',
    'ready',
  ];
  expect(withoutRepetitions(lines)).toEqual([
    'order 3f2b8c1e-aaaa-4bbb-8ccc-121212121212 published',
    '12:00:02 connect ECONNREFUSED 127.0.0.1:9093 (2 times)',
    'ready',
  ]);
});

test('a line that is the same twice stands once', () => {
  expect(withoutRepetitions(['no', 'yes', 'no'])).toEqual(['yes', 'no (2 times)']);
});
