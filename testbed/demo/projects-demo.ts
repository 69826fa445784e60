import type { Telling, Verdict } from './demos.ts';
import { setScene } from './scene.ts';
import { Shell } from './shell.ts';
import { tellStory } from './story.ts';

/** The main job, on a cluster and an S3 server of its own. */
export async function tellProjects({ narrator, terminal, signal }: Telling): Promise<Verdict> {
  narrator.say('Hozon backs up the projects of a real Kubernetes cluster, loses them, and brings them back.');
  narrator.say('Everything happens on this machine and is gone at the end. It takes about a minute.');
  const narrate = (line: string): void => narrator.say(line);
  await using scene = await narrator.chapter('A cluster and an S3 server', () =>
    setScene({ narrate, signal }),
  );
  const { home, cluster } = scene;
  const { kubeconfig, kubectl } = cluster;
  const output = (text: string): void => narrator.output(text);
  const shell = new Shell({ home, kubeconfig, kubectl, terminal, signal, output });
  const { unexplained } = await tellStory({ narrator, shell, scene, signal });
  return unexplained === 0
    ? { text: 'Every difference has its reason.', good: true }
    : { text: `${unexplained} differences have NO reason: see above.`, good: false };
}
