// A verifier of credentials that shares no code with the service: it knows the credential alone, and fetches the rest.
//
// node verify.mjs ORIGIN SERVER SECONDS EMAIL < credential
//
// ORIGIN is the address that the issuer claims, SERVER where that is served in the test, SECONDS the time in Unix seconds.
// It prints one line of JSON with what it found, and fails on anything that is not as the standards say.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose';

const [origin, server, seconds, email] = process.argv.slice(2);
const currentDate = new Date(Number(seconds) * 1000);

async function fetched(address, contentType) {
  assert.ok(address.startsWith(`${origin}/`), address);
  const answer = await fetch(server + address.slice(origin.length));
  assert.equal(answer.status, 200, address);
  assert.equal(answer.headers.get('content-type'), contentType);
  return answer.text();
}

// did:web: the document lies under the host that the identifier names.
async function keyOf(token) {
  const { alg, kid } = decodeProtectedHeader(token);
  assert.equal(alg, 'EdDSA');
  const did = kid.split('#')[0];
  const host = decodeURIComponent(did.replace(/^did:web:/, ''));
  const document = JSON.parse(await fetched(`https://${host}/.well-known/did.json`, 'application/did+json'));
  assert.equal(document.id, did);
  assert.ok(document.assertionMethod.includes(kid));
  const method = document.verificationMethod.find((method) => method.id === kid);
  const set = JSON.parse(await fetched(`https://${host}/.well-known/jwks.json`, 'application/jwk-set+json'));
  assert.deepEqual(set.keys.find((key) => key.kid === method.publicKeyJwk.kid), method.publicKeyJwk);
  return { did, key: await importJWK(method.publicKeyJwk, 'EdDSA') };
}

async function verified(token, typ) {
  const { did, key } = await keyOf(token);
  const { payload } = await jwtVerify(token, key, { algorithms: ['EdDSA'], issuer: did, typ, currentDate });
  assert.ok(payload['@context'].includes('https://www.w3.org/ns/credentials/v2'));
  assert.ok(payload.type.includes('VerifiableCredential'));
  assert.ok(new Date(payload.validFrom) <= currentDate);
  return payload;
}

const credential = await verified((await text(process.stdin)).trim(), 'JWT');
assert.ok(credential.type.includes('OpenBadgeCredential'));
assert.deepEqual([credential.jti, credential.sub], [credential.id, credential.credentialSubject.id]);
assert.equal(credential.issuer.id, credential.iss);
const [identity] = credential.credentialSubject.identifier;
const hash = createHash('sha256').update(email + identity.salt).digest('hex');

const { credentialStatus: entry } = credential;
assert.deepEqual([entry.type, entry.statusPurpose], ['BitstringStatusListEntry', 'revocation']);
const list = await verified(await fetched(entry.statusListCredential, 'application/vc+jwt'), 'vc+jwt');
assert.equal(list.id, entry.statusListCredential);
assert.equal(list.credentialSubject.statusPurpose, 'revocation');
assert.equal(list.credentialSubject.encodedList[0], 'u');
const bits = gunzipSync(Buffer.from(list.credentialSubject.encodedList.slice(1), 'base64url'));
const place = Number(entry.statusListIndex);
const revoked = ((bits[place >> 3] >> (7 - (place & 7))) & 1) === 1;
const others = bits.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0) - Number(revoked);

console.log(
  JSON.stringify({
    name: credential.credentialSubject.achievement.name,
    credits: credential.credentialSubject.creditsEarned,
    holder: identity.identityHash === `sha256$${hash}`,
    places: bits.length * 8,
    revoked,
    others,
  }),
);
