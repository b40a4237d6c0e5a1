import { Construct } from 'constructs';
import { joined, type Connection, type Part } from '../../kit/network/connection';
import { destinationOf, type Destination } from '../../kit/network/peer';
import type { PlatformSecrets } from '../../kit/secrets/platform-secrets';
import type { SecretReference } from '../../kit/secrets/secret-files';
import type { EnvironmentSpec } from '../environment';
import { storeAddress, type Bucket } from './bucket';
import { BucketJob } from './bucket-job';
import { EmbeddedStore } from './embedded-store';

export interface ArtifactStoreProps {
  /** What the environment file says of it. */
  readonly settings: EnvironmentSpec['artifactStore'];
  /**
   * Where a store that others run is.
   * @default - what its endpoint tells
   */
  readonly place?: Partial<Destination>;
  /** DNS domain of the cluster. */
  readonly clusterDomain: string;
  readonly secrets: PlatformSecrets;
  /** Release of MLflow. */
  readonly version: string;
  /** What the bucket is marked with: markOf() of the environment. */
  readonly mark: string;
}

/** The S3 store of the artifacts: one of its own or of others, and the Job that sets the bucket up. */
export class ArtifactStore extends Construct implements Part {
  /** Where the artifacts are. */
  readonly bucket: Bucket;
  readonly components: readonly string[];
  readonly connections: readonly Connection[];

  constructor(scope: Construct, id: string, private readonly props: ArtifactStoreProps) {
    super(scope, id);
    const { settings } = props;
    const parts: Part[] = [];
    if (settings.provider === 'embedded') {
      const administrator = props.secrets.at('artifactStore.administratorSecret');
      const store = new EmbeddedStore(this, 'EmbeddedStore', { storage: settings.storage, administrator });
      this.bucket = { ...store.address, name: settings.bucket, secret: props.secrets.at('artifactStore.secret') };
      parts.push(store, this.setUp(administrator));
    } else {
      this.bucket = this.bucketOf(settings);
      if (settings.setUp) parts.push(this.setUp(props.secrets.find('artifactStore.administratorSecret')));
    }
    ({ components: this.components, connections: this.connections } = joined(parts));
  }

  private bucketOf({ bucket: name, prefix, endpoint, region }: Exclude<ArtifactStoreProps['settings'], { provider: 'embedded' }>): Bucket {
    const { secrets, place, clusterDomain } = this.props;
    return {
      name,
      prefix,
      endpoint,
      region,
      secret: secrets.at('artifactStore.secret'),
      authority: secrets.find('artifactStore.caSecret'),
      destination: destinationOf({ ...storeAddress({ endpoint, region }), clusterDomain }, place),
    };
  }

  private setUp(administrator: SecretReference | undefined): BucketJob {
    const { settings, version, mark: platform } = this.props;
    return new BucketJob(this, 'Bucket', { ...settings, version, platform, bucket: this.bucket, administrator });
  }
}
