/** Programs that are built, or published, together and in one version. */
export interface BinarySet {
  readonly name: string;
  readonly version: string;
  /** The programs, and the package that each comes from: the Go package that it is built from, or Debian's. */
  readonly packages: Readonly<Record<string, string>>;
  readonly ldflags: string;
  /** How long it usually takes on two cores with nothing cached. */
  readonly buildTakes: string;
  readonly release: Release;
  /** Where a release cannot be had: built from Go modules unless `debian`, whose packages then are named above. */
  readonly otherwise?: 'debian';
}

/** Where a publisher offers the programs of a set ready-made. `none` where it does not. */
export type Release =
  | { readonly form: 'none' }
  /** A file for each program, with its SHA-256 beside it in `FILE.sha256`. */
  | { readonly form: 'files'; readonly url: (architecture: Architecture) => string }
  /** One archive with all of them in one folder, listed with its SHA-256 in a file of sums. */
  | {
      readonly form: 'archive';
      readonly url: (architecture: Architecture) => string;
      readonly sums: string;
      /** What our names of the programs end with, and theirs do not. */
      readonly suffix?: string;
    };

/** As Go names them. */
export type Architecture = 'amd64' | 'arm64';

const kubernetesVersion = 'v1.34.4';
const etcdVersion = 'v3.6.8';
const etcd35Version = 'v3.5.21';
const etcd34Version = 'v3.4.23';
const versitygwVersion = 'v1.8.0';
const veleroVersion = 'v1.18.3';
const veleroAwsPluginVersion = 'v1.14.3';
const resticVersion = 'v0.18.1';
const kopiaVersion = 'v0.22.3';

/** Without these, clients would be told the version `v0.0.0-master`. */
const kubernetesVersionFlags = [
  `-X k8s.io/component-base/version.gitVersion=${kubernetesVersion}`,
  '-X k8s.io/component-base/version.gitMajor=1',
  '-X k8s.io/component-base/version.gitMinor=34',
  `-X k8s.io/client-go/pkg/version.gitVersion=${kubernetesVersion}`,
].join(' ');

/**
 * The published program serves the metrics of its controllers on port 8080 of every address, and no flag tells it
 * otherwise: two could not run side by side. `0` means nowhere.
 */
const veleroFlags = [
  `-X github.com/vmware-tanzu/velero/pkg/buildinfo.Version=${veleroVersion}`,
  '-X sigs.k8s.io/controller-runtime/pkg/metrics/server.DefaultBindAddress=0',
].join(' ');

const kubernetesPrograms = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kubectl',
];

export const binarySets: readonly BinarySet[] = [
  {
    name: 'kubernetes',
    version: kubernetesVersion,
    packages: Object.fromEntries(kubernetesPrograms.map(name => [name, `k8s.io/kubernetes/cmd/${name}`])),
    ldflags: `-s -w ${kubernetesVersionFlags}`,
    buildTakes: '8 minutes',
    release: {
      form: 'files',
      url: architecture => `https://dl.k8s.io/release/${kubernetesVersion}/bin/linux/${architecture}`,
    },
  },
  {
    name: 'etcd',
    version: etcdVersion,
    packages: {
      etcd: 'go.etcd.io/etcd/server/v3',
      etcdctl: 'go.etcd.io/etcd/etcdctl/v3',
      etcdutl: 'go.etcd.io/etcd/etcdutl/v3',
    },
    ldflags: '-s -w',
    buildTakes: '40 seconds',
    release: etcdRelease(etcdVersion),
  },
  {
    name: 'etcd-3.5',
    version: etcd35Version,
    packages: {
      'etcd-3.5': 'go.etcd.io/etcd/server/v3',
      'etcdctl-3.5': 'go.etcd.io/etcd/etcdctl/v3',
      'etcdutl-3.5': 'go.etcd.io/etcd/etcdutl/v3',
    },
    ldflags: '-s -w',
    buildTakes: '1 minute',
    release: { ...etcdRelease(etcd35Version), suffix: '-3.5' },
  },
  {
    name: 'etcd-3.4',
    version: etcd34Version,
    packages: { 'etcd-3.4': 'etcd-server', 'etcdctl-3.4': 'etcd-client' },
    ldflags: '',
    buildTakes: 'seconds',
    release: { ...etcdRelease(etcd34Version), suffix: '-3.4' },
    otherwise: 'debian', // its Go module needs versions that are not to be had
  },
  {
    name: 'versitygw',
    version: versitygwVersion,
    packages: { versitygw: 'github.com/versity/versitygw/cmd/versitygw' },
    ldflags: '-s -w',
    buildTakes: '90 seconds',
    release: {
      form: 'archive',
      url: architecture =>
        `https://github.com/versity/versitygw/releases/download/${versitygwVersion}/versitygw_${versitygwVersion}_Linux_${architecture === 'amd64' ? 'x86_64' : architecture}.tar.gz`,
      sums: `https://github.com/versity/versitygw/releases/download/${versitygwVersion}/checksums.txt`,
    },
  },
  {
    name: 'velero',
    version: veleroVersion,
    packages: {
      velero: 'github.com/vmware-tanzu/velero/cmd/velero',
      'velero-volumes': './velero-volumes', // its repository service and uploader, without a cluster
    },
    ldflags: `-s -w ${veleroFlags}`,
    buildTakes: '6 minutes',
    release: { form: 'none' },
  },
  {
    name: 'velero-plugin-for-aws',
    version: veleroAwsPluginVersion,
    packages: {
      'velero-plugin-for-aws': 'github.com/vmware-tanzu/velero-plugin-for-aws/velero-plugin-for-aws',
    },
    ldflags: '-s -w',
    buildTakes: '3 minutes',
    release: { form: 'none' }, // its publisher has images only
  },
  {
    name: 'restic',
    version: resticVersion,
    packages: { restic: 'github.com/restic/restic/cmd/restic' },
    ldflags: '-s -w',
    buildTakes: '2 minutes',
    release: { form: 'none' }, // its publisher compresses with bzip2, each architecture in a file of its own
  },
  {
    name: 'kopia',
    version: kopiaVersion,
    packages: { kopia: 'github.com/kopia/kopia' },
    ldflags: `-s -w -X github.com/kopia/kopia/repo.BuildVersion=${kopiaVersion.slice(1)}`,
    buildTakes: '3 minutes',
    release: {
      form: 'archive',
      url: architecture =>
        `https://github.com/kopia/kopia/releases/download/${kopiaVersion}/kopia-${kopiaVersion.slice(1)}-linux-${architecture === 'amd64' ? 'x64' : architecture}.tar.gz`,
      sums: `https://github.com/kopia/kopia/releases/download/${kopiaVersion}/checksums.txt`,
    },
  },
];

/** The set that a program belongs to. */
export function setOf(program: string): BinarySet {
  const found = binarySets.find(set => program in set.packages);
  if (found === undefined) throw new Error(`no set of binaries has ${program}`);
  return found;
}

function etcdRelease(version: string): Release & { form: 'archive' } {
  const base = `https://github.com/etcd-io/etcd/releases/download/${version}`;
  return {
    form: 'archive',
    url: architecture => `${base}/etcd-${version}-linux-${architecture}.tar.gz`,
    sums: `${base}/SHA256SUMS`,
  };
}
