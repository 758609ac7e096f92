import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentId: string;
  name: string;
  kind: 'INTERNAL' | 'SERVER' | 'CLIENT';
  attributes: Record<string, string | number>;
  service: string;
}

const KINDS = { 1: 'INTERNAL', 2: 'SERVER', 3: 'CLIENT' } as const;

/** A collector for traces: OTLP over HTTP with protobuf. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** All that was received, as text. */
  raw = '';
  /** The `authorization` header of the last request. */
  authorization: string | undefined;
  #server!: Server;

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    receiver.#server = createServer((request, response) => {
      receiver.authorization = request.headers.authorization;
      void buffer(request).then((body) => {
        if (request.url === '/v1/traces') receiver.#receive(body);
        return response.end();
      });
    });
    await once(receiver.#server.listen(0, '127.0.0.1'), 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #receive(body: Buffer): void {
    this.raw += body.toString('latin1');
    for (const resource of messages(body, 1)) {
      const service = String(attributesOf(messages(resource, 1)[0]!, 1)['service.name']);
      for (const span of messages(resource, 2).flatMap((scope) => messages(scope, 2)))
        this.spans.push({
          traceId: hex(span, 1),
          spanId: hex(span, 2),
          parentId: hex(span, 4),
          name: String(messages(span, 5)[0]),
          kind: KINDS[Number(fieldsOf(span).find(([field]) => field === 6)?.[1]) as 1],
          attributes: attributesOf(span, 9),
          service,
        });
    }
  }
}

const hex = (message: Buffer, field: number): string => messages(message, field)[0]?.toString('hex') ?? '';

function attributesOf(message: Buffer, field: number): Record<string, string | number> {
  const pairs = messages(message, field).map((pair) => {
    const [, value] = fieldsOf(messages(pair, 2)[0]!)[0]!;
    return [String(messages(pair, 1)[0]), Buffer.isBuffer(value) ? String(value) : value] as const;
  });
  return Object.fromEntries(pairs);
}

/** The values of a field that has a length: texts, bytes and messages. */
const messages = (message: Buffer, field: number): Buffer[] =>
  fieldsOf(message).flatMap(([number, value]) => (number === field && Buffer.isBuffer(value) ? [value] : []));

/** The fields of a protobuf message. */
function fieldsOf(message: Buffer): [field: number, value: number | Buffer][] {
  const fields: [number, number | Buffer][] = [];
  let position = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[position++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (position < message.length) {
    const key = varint();
    const type = key & 7;
    if (type === 0) fields.push([key >> 3, varint()]);
    else {
      const length = type === 2 ? varint() : type === 1 ? 8 : 4;
      fields.push([key >> 3, message.subarray(position, position + length)]);
      position += length;
    }
  }
  return fields;
}
