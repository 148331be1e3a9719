// An OpenID provider for the end-to-end tests: the certified oidc-provider, told what to do by lines on standard input.
//
//   node provider.mjs KID FOLDER    an issuer on a free port, whose first key is of Ed25519
//
// It prints `READY ISSUER`, then answers every line with one line, which starts with ERROR when it cannot:
//
//   token CLIENT [AUDIENCE]    an access token, got from its own token endpoint by the client credentials grant
//   keys                       its public keys, as anyone gets them
//   count                      how often its public keys have been asked for
//   rotate KID ALG             makes a new key, which signs from now on; the others stay published
//   retire                     withdraws every signing key but the one that signs
//   hang, answer               leaves requests for its keys without an answer, until told to answer again
//
// It ends when its standard input does.

import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import Provider from 'oidc-provider';

const CLIENTS = ['sample-lead', 'sample-member', 'sample-stranger'];
const SECRET = 'a secret of the tests';
const AUDIENCE = 'urn:audience:';
// Longer than the product holds keys of an issuer that cannot be reached.
const TOKEN_SECONDS = 48 * 60 * 60;

// Advice for production is not for tests, and standard output is for answers.
console.info = () => {};
console.warn = () => {};

const [kid, folder] = process.argv.slice(2);
// Keys of another purpose are published beside the ones that sign, as issuers do.
const others = [
  { ...generate('ES256', 'for-encryption'), use: 'enc', alg: 'ECDH-ES' },
  { ...privateJwk(generateKeyPairSync('x25519')), kid: 'of-another-kind', use: 'enc', alg: 'ECDH-ES' },
];
let signing = [generate('EdDSA', kid)];
let algorithm = 'EdDSA';
let requests = 0;
let hanging = null;
let answer;

function privateJwk({ privateKey }) {
  return privateKey.export({ format: 'jwk' });
}

// A new key; the tests find it in the folder, to sign with it what a provider never would.
function generate(alg, kid) {
  const [type, options] = {
    EdDSA: ['ed25519'],
    ES256: ['ec', { namedCurve: 'P-256' }],
    RS256: ['rsa', { modulusLength: 2048 }],
  }[alg];
  const pair = generateKeyPairSync(type, options);
  writeFileSync(`${folder}/${kid}.pem`, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return { ...privateJwk(pair), kid, use: 'sig' };
}

// A provider reads its keys once: with other keys it is another provider, behind the same listener.
function provide(issuer) {
  const provider = new Provider(issuer, {
    clients: CLIENTS.map((client_id) => ({
      client_id,
      client_secret: SECRET,
      grant_types: ['client_credentials'],
      id_token_signed_response_alg: algorithm,
      redirect_uris: [],
      response_types: [],
    })),
    jwks: { keys: [...signing, ...others] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      encryption: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => ({
          audience: resource.slice(AUDIENCE.length),
          scope: '',
          accessTokenFormat: 'jwt',
          accessTokenTTL: TOKEN_SECONDS,
          jwt: { sign: { alg: algorithm, kid: signing[0].kid } },
        }),
      },
    },
  });
  provider.on('server_error', (_, error) => console.error(error));
  answer = provider.callback();
}

async function token(issuer, client, audience = 'exemplar') {
  const authorization = `Basic ${btoa(`${client}:${encodeURIComponent(SECRET)}`)}`;
  const body = new URLSearchParams({ grant_type: 'client_credentials', resource: AUDIENCE + audience });
  const response = await fetch(`${issuer}/token`, { method: 'POST', headers: { authorization }, body });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return JSON.parse(text).access_token;
}

async function perform(issuer, verb, first, second) {
  switch (verb) {
    case 'token':
      return token(issuer, first, second);
    case 'keys':
      return JSON.stringify(await (await fetch(`${issuer}/jwks`)).json());
    case 'count':
      return String(requests);
    case 'rotate':
      signing = [generate(second, first), ...signing];
      algorithm = second;
      provide(issuer);
      return first;
    case 'retire':
      signing = signing.slice(0, 1);
      provide(issuer);
      return signing[0].kid;
    case 'hang':
      hanging = [];
      return verb;
    case 'answer':
      hanging.forEach((response) => response.destroy());
      hanging = null;
      return verb;
    default:
      throw new Error(`${verb} is not known`);
  }
}

const server = createServer((request, response) => {
  if (request.url === '/jwks') {
    requests += 1;
    if (hanging) return hanging.push(response);
  }
  return answer(request, response);
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
provide(issuer);
process.stdout.write(`READY ${issuer}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const said = await perform(issuer, ...line.split(' ')).catch((error) => `ERROR ${error}`);
  process.stdout.write(`${said.replaceAll('\n', ' ')}\n`);
}
process.exit();
