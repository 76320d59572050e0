// receiver.mjs PORTS_FILE [SECRET...] - the other side of webhooks: checks what comes with the
// libraries a receiver would use (standardwebhooks, cloudevents), writes a line of JSON for each
// request to stdout, and answers as it was told last.
//
//   POST /hook...      a webhook; the path tells several channels apart
//   POST /chat...      Slack, Discord, PagerDuty: the body is checked by their JSON schema, by name
//   PUT  /_mode        {"path": "/hook", "status": 500, "headers": {}, "delay": ms, "times": n}
//                      how that path answers, n times (or always), then 204 again
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';

const [portsFile, ...secrets] = process.argv.slice(2);
const ajv = addFormats(new Ajv({ allErrors: true, strict: true }));
const shapes = {};
for (const name of ['slack', 'discord', 'pagerduty'])
	shapes[name] = ajv.compile(JSON.parse(readFileSync(new URL(`shapes/${name}.json`, import.meta.url))));
const modes = new Map();

// Each secret by itself, so that the test sees which of them signed.
function signedBy(body, headers) {
	return secrets.flatMap((secret, i) => {
		try {
			new Webhook(secret).verify(body, headers);
			return [i];
		} catch {
			return [];
		}
	});
}

function webhook(request, body) {
	const { headers } = request;
	const event = HTTP.toEvent({ headers, body });
	event.validate();
	return {
		id: event.id,
		webhookId: headers['webhook-id'],
		type: event.type,
		subject: event.subject,
		source: event.source,
		time: event.time,
		sequence: event.sequence,
		schema: event.dataschema,
		data: event.data,
		signedBy: signedBy(body, headers),
		signatures: headers['webhook-signature'].split(' ').length,
		contentType: headers['content-type'],
	};
}

function chat(request, body) {
	const name = request.url.split('/')[2];
	const value = JSON.parse(body);
	const fits = shapes[name](value);
	return { shape: name, fits, errors: fits ? [] : shapes[name].errors, body: value };
}

function mode(path) {
	const m = modes.get(path);
	if (!m) return { status: 204 };
	if (m.times !== undefined && --m.times <= 0) modes.delete(path);
	return m;
}

function read(request) {
	return new Promise((done) => {
		const parts = [];
		request.on('data', (part) => parts.push(part));
		request.on('end', () => done(Buffer.concat(parts).toString('utf8')));
	});
}

const server = createServer(async (request, response) => {
	const body = await read(request);
	if (request.url === '/_mode') {
		const m = JSON.parse(body);
		if (m.status || m.delay) modes.set(m.path, m);
		else modes.delete(m.path);
		response.end();
		return;
	}
	const m = mode(request.url);
	const line = { path: request.url, at: Date.now(), answer: m.status ?? 204 };
	try {
		Object.assign(line, request.url.startsWith('/chat') ? chat(request, body) : webhook(request, body));
	} catch (e) {
		line.error = String(e);
	}
	process.stdout.write(`${JSON.stringify(line)}\n`);
	const answer = () => {
		response.writeHead(m.status ?? 204, m.headers ?? {});
		response.end(m.body ?? '');
	};
	if (m.delay) setTimeout(answer, m.delay);
	else answer();
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
	writeFileSync(`${portsFile}.part`, String(server.address().port));
	renameSync(`${portsFile}.part`, portsFile);
});
