import { join } from 'node:path';
import type { Daemon } from '../processes.ts';
import type { Etcd, EtcdState } from './etcd.ts';
import type { Instance } from './instance.ts';
import { type ServerAddress, writeKubeconfig } from './kubeconfig.ts';
import { type Authority, issue, type KeyPair, makeAuthority, makeSigningKey } from './pki.ts';
import { answers, readTls, untilReady } from './readiness.ts';

/** The paths of the programs. */
export interface ControlPlanePrograms {
  readonly apiServer: string;
  readonly controllerManager: string;
  readonly scheduler: string;
}

export interface ControlPlaneRequest {
  readonly instance: Instance;
  readonly authority: Authority;
  readonly programs: ControlPlanePrograms;
  readonly etcd: Promise<Etcd>;
  /** The address to serve on: loopback, or one that pods and kubelet reach too. */
  readonly address: string;
  /** More flags of the API server. */
  readonly apiServerFlags?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ControlPlane {
  readonly server: ServerAddress;
  readonly adminKubeconfig: string;
  readonly etcd: EtcdState;
  readonly daemons: readonly Daemon[];
}

/** Starts the API server, and as soon as it serves, the controller manager and the scheduler. */
export async function startControlPlane(request: ControlPlaneRequest): Promise<ControlPlane> {
  const { instance, authority, signal } = request;
  const url = `https://${request.address}:${instance.port(2)}`;
  const server = { server: url, caFile: authority.certificate };
  const [files, etcd] = await Promise.all([prepareFiles(request, server), request.etcd]);
  const apiServer = await startApiServer(request, etcd, files);
  const daemons = [etcd.daemon, apiServer];
  const tls = await readTls(authority.certificate, files.admin);
  await untilReady(() => answers(`${url}/readyz`, tls), { what: 'kube-apiserver', daemons, signal });
  const later = await Promise.all([startControllerManager(request, files), startScheduler(request, files)]);
  return {
    server,
    adminKubeconfig: files.adminKubeconfig,
    etcd: {
      endpoint: etcd.endpoint,
      caFile: etcd.authority.certificate,
      certFile: etcd.client.certificate,
      keyFile: etcd.client.key,
    },
    daemons: [...daemons, ...later],
  };
}

interface ControlPlaneFiles {
  readonly serving: KeyPair;
  readonly kubeletClient: KeyPair;
  readonly proxyAuthority: Authority;
  readonly proxyClient: KeyPair;
  readonly signing: { readonly key: string; readonly public: string };
  readonly admin: KeyPair;
  readonly adminKubeconfig: string;
  readonly controllerManagerKubeconfig: string;
  readonly schedulerKubeconfig: string;
}

async function prepareFiles(request: ControlPlaneRequest, server: ServerAddress): Promise<ControlPlaneFiles> {
  const { instance, authority } = request;
  const proxy = async (): Promise<[Authority, KeyPair]> => {
    const proxyAuthority = await makeAuthority(join(instance.dir, 'front-proxy'), 'testbed front proxy');
    return [proxyAuthority, await issue(proxyAuthority, { name: 'front-proxy-client' })];
  };
  const kubeconfig = (name: string, groups: string[]): Promise<string> =>
    writeKubeconfig(authority, instance.dir, server, {
      name: name.replace('system:', ''),
      commonName: name,
      groups,
    });
  const [serving, kubeletClient, [proxyAuthority, proxyClient], signing, admin, ...kubeconfigs] =
    await Promise.all([
      issue(authority, { name: 'kube-apiserver', hosts: servingHosts(request) }),
      issue(authority, { name: 'kubelet-client', organizations: ['system:masters'] }),
      proxy(),
      makeSigningKey(authority.dir, 'service-accounts'),
      issue(authority, { name: 'readiness', organizations: ['system:masters'] }),
      kubeconfig('admin', ['system:masters']),
      // A member of system:masters, so that it need not wait for the roles that the API server makes at its start.
      kubeconfig('system:kube-controller-manager', ['system:masters']),
      kubeconfig('system:kube-scheduler', []),
    ]);
  const [adminKubeconfig, controllerManagerKubeconfig, schedulerKubeconfig] = kubeconfigs;
  return {
    serving,
    kubeletClient,
    proxyAuthority,
    proxyClient,
    signing,
    admin,
    adminKubeconfig,
    controllerManagerKubeconfig,
    schedulerKubeconfig,
  };
}

function servingHosts({ instance }: ControlPlaneRequest): string[] {
  const service = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ];
  return ['localhost', '127.0.0.1', `${instance.subnet}.1`, firstServiceAddress, ...service];
}

const serviceRange = '10.214.0.0/16';
const firstServiceAddress = '10.214.0.1';

function startApiServer(request: ControlPlaneRequest, etcd: Etcd, files: ControlPlaneFiles): Promise<Daemon> {
  const { instance, authority, address } = request;
  return instance.startDaemon({
    name: 'kube-apiserver',
    command: [
      request.programs.apiServer,
      `--bind-address=${address}`,
      `--advertise-address=${address}`,
      `--secure-port=${instance.port(2)}`,
      `--tls-cert-file=${files.serving.certificate}`,
      `--tls-private-key-file=${files.serving.key}`,
      `--client-ca-file=${authority.certificate}`,
      `--etcd-servers=${etcd.endpoint}`,
      `--etcd-cafile=${etcd.authority.certificate}`,
      `--etcd-certfile=${etcd.client.certificate}`,
      `--etcd-keyfile=${etcd.client.key}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--allow-privileged',
      '--endpoint-reconciler-type=none', // it refuses loopback, and nothing here looks the service up
      `--service-cluster-ip-range=${serviceRange}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${files.signing.public}`,
      `--service-account-signing-key-file=${files.signing.key}`,
      `--kubelet-certificate-authority=${authority.certificate}`,
      `--kubelet-client-certificate=${files.kubeletClient.certificate}`,
      `--kubelet-client-key=${files.kubeletClient.key}`,
      '--kubelet-preferred-address-types=InternalIP',
      `--requestheader-client-ca-file=${files.proxyAuthority.certificate}`,
      '--requestheader-allowed-names=front-proxy-client',
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--proxy-client-cert-file=${files.proxyClient.certificate}`,
      `--proxy-client-key-file=${files.proxyClient.key}`,
      '--enable-aggregator-routing', // to the addresses of pods, since there is no kube-proxy
      '--profiling=false',
      ...(request.apiServerFlags ?? []),
    ],
  });
}

function startControllerManager(request: ControlPlaneRequest, files: ControlPlaneFiles): Promise<Daemon> {
  const { instance, authority } = request;
  return instance.startDaemon({
    name: 'kube-controller-manager',
    command: [
      request.programs.controllerManager,
      `--kubeconfig=${files.controllerManagerKubeconfig}`,
      '--secure-port=0',
      '--leader-elect=false',
      `--root-ca-file=${authority.certificate}`,
      `--service-account-private-key-file=${files.signing.key}`,
      `--cluster-signing-cert-file=${authority.certificate}`,
      `--cluster-signing-key-file=${authority.key}`,
      `--flex-volume-plugin-dir=${join(instance.dir, 'volume-plugins')}`,
      '--kube-api-qps=200', // namespaces come and go here faster than in any real cluster
      '--kube-api-burst=400',
      '--concurrent-namespace-syncs=20',
    ],
  });
}

function startScheduler(request: ControlPlaneRequest, files: ControlPlaneFiles): Promise<Daemon> {
  const { instance } = request;
  return instance.startDaemon({
    name: 'kube-scheduler',
    command: [
      request.programs.scheduler,
      `--kubeconfig=${files.schedulerKubeconfig}`,
      '--secure-port=0',
      '--leader-elect=false',
    ],
  });
}
