// Fetches the artifacts of a lock given as JSON and prints their paths.
import { fetchArtifacts, type LockedArtifact } from '../artifacts.ts';

console.log(JSON.stringify(await fetchArtifacts(JSON.parse(process.argv[2] ?? '[]') as LockedArtifact[])));
