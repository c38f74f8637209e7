import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ServiceException,
} from "@aws-sdk/client-s3";
import { InputError } from "../../input-error.js";

/** An object's content, and its entity tag. */
export interface StoredObject {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** Remedies for errors, by their names. */
const remedies: Readonly<Record<string, string>> = {
  NoSuchBucket: "there is no such bucket; create it, or choose another one with --runs",
  AccessDenied: "these credentials do not permit this",
  InvalidAccessKeyId: "these credentials are not known there",
  SignatureDoesNotMatch: "these credentials are wrong",
  CredentialsProviderError: "there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
  ECONNREFUSED: "nobody answers; set AWS_ENDPOINT_URL to the address of the store",
  ENOTFOUND: "nobody answers; set AWS_ENDPOINT_URL to the address of the store",
};

/**
 * Objects of one bucket under a prefix, in Amazon S3 or a compatible store. Credentials, region and endpoint are
 * configured as for Amazon's tools: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, roles of the machine.
 */
export class Bucket {
  readonly location: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(bucket: string, prefix: string) {
    this.location = `s3://${bucket}${prefix === "" ? "" : `/${prefix}`}`;
    this.#bucket = bucket;
    this.#prefix = prefix === "" ? "" : `${prefix}/`;
    this.#client = new S3Client({
      region: process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? "us-east-1",
      // Few compatible stores have a host name for each bucket, and not all support the newer checksums.
      forcePathStyle: (process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL) !== undefined,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    });
  }

  async get(key: string): Promise<StoredObject | undefined> {
    try {
      const answer = await this.#client.send(new GetObjectCommand(this.#named(key)));
      return { bytes: (await answer.Body?.transformToByteArray()) ?? new Uint8Array(), etag: answer.ETag ?? "" };
    } catch (error) {
      if ((error as S3ServiceException).name === "NoSuchKey") return undefined;
      throw this.#explained(error);
    }
  }

  /** Writes an object unconditionally. */
  async put(key: string, content: string | Uint8Array): Promise<void> {
    await this.#client
      .send(new PutObjectCommand({ ...this.#named(key), Body: content }))
      .catch((error) => Promise.reject(this.#explained(error)));
  }

  /**
   * Writes an object. With `etag` the stored object must have that tag; without it no object may exist. Returns the new
   * tag, or undefined if the condition does not hold.
   */
  async putIf(key: string, content: string, etag: string | undefined): Promise<string | undefined> {
    const condition = etag === undefined ? { IfNoneMatch: "*" } : { IfMatch: etag };
    try {
      const answer = await this.#client.send(
        new PutObjectCommand({ ...this.#named(key), Body: content, ...condition }),
      );
      return answer.ETag ?? "";
    } catch (error) {
      const { name, $metadata } = error as S3ServiceException;
      // 409 means a concurrent conditional write; NoSuchKey, that the object to replace is gone.
      const isUnmet = [409, 412].includes($metadata?.httpStatusCode ?? 0) || name === "NoSuchKey";
      if (isUnmet) return undefined;
      throw this.#explained(error);
    }
  }

  async delete(key: string): Promise<void> {
    await this.#client
      .send(new DeleteObjectCommand(this.#named(key)))
      .catch((error) => Promise.reject(this.#explained(error)));
  }

  /** Keys that begin with `prefix`; with `isFlat` only up to the next slash. */
  async list(prefix: string, isFlat = false): Promise<string[]> {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.#client
        .send(
          new ListObjectsV2Command({
            Bucket: this.#bucket,
            Prefix: `${this.#prefix}${prefix}`,
            ...(isFlat ? { Delimiter: "/" } : {}),
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        )
        .catch((error) => Promise.reject(this.#explained(error)));
      const found = isFlat
        ? page.CommonPrefixes?.map(({ Prefix }) => Prefix?.slice(0, -1))
        : page.Contents?.map(({ Key }) => Key);
      for (const key of found ?? []) if (key !== undefined) keys.push(key.slice(this.#prefix.length));
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return keys;
  }

  #named(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: `${this.#prefix}${key}` };
  }

  #explained(error: unknown): unknown {
    const { name, code, message } = error as NodeJS.ErrnoException;
    const remedy = remedies[name] ?? remedies[code ?? ""];
    if (remedy === undefined) return error;
    return new InputError(`${this.location} can't be used (${code ?? name}): ${remedy}`, { cause: message });
  }
}
