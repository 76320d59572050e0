// GetFleet in grpc++ (async, one completion queue, one thread): the peer that the daemon's own
// GetFleet is measured against. It looks the bearer token's SHA-256 up in a hash map and builds
// the same answer, field by field, from a snapshot that it holds in memory.
// usage: bench_grpcpp PORTS_FILE TOKEN_FILE ANSWER_FILE [kept]
//   ANSWER_FILE  an encoded GetFleetResponse of the daemon
//   kept         hand out its bytes instead of building a message
#include <grpcpp/grpcpp.h>
#include <nettle/sha2.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <unordered_map>

#include "ghostfleet/v1/fleet.grpc.pb.h"

namespace gf = ghostfleet::v1;

namespace
{

using Hash = std::array<uint8_t, 32>;

struct HashOf {
	size_t operator()(const Hash &h) const
	{
		size_t n;

		memcpy(&n, h.data(), sizeof(n));
		return n;
	}
};

Hash sha256(const char *p, size_t n)
{
	struct sha256_ctx ctx;
	Hash h;

	sha256_init(&ctx);
	sha256_update(&ctx, n, reinterpret_cast<const uint8_t *>(p));
	sha256_digest(&ctx, h.size(), h.data());
	return h;
}

std::string file(const char *path)
{
	std::ifstream in(path, std::ios::binary);

	return { std::istreambuf_iterator<char>(in), {} };
}

std::unordered_map<Hash, std::string, HashOf> callers;

bool known(const grpc::ServerContext &ctx)
{
	auto at = ctx.client_metadata().find("authorization");

	if (at == ctx.client_metadata().end() || !at->second.starts_with("Bearer "))
		return false;
	return callers.count(sha256(at->second.data() + 7, at->second.size() - 7)) > 0;
}

// What the answer is made from: the numbers and texts, not the message.
struct Time {
	int64_t seconds;
	int32_t nanos;
};

struct Happening {
	int64_t id;
	Time time;
	std::string subject, kind, text, actor;
};

struct Snapshot {
	int state;
	int64_t total, active, paused, tripped, watch_only, retired;
	int64_t planning, planned, running, held;
	int64_t signed_, unknown, in_pool, mined, review;
	uint64_t chain_id, head;
	std::string base_fee, tip, money;
	bool chain_seen, oldest_seen;
	Time chain_time, oldest;
	int endpoints_ok, endpoints;
	std::vector<std::string> problems;
	int64_t last_event;
	std::vector<Happening> recent;
} snapshot;

Time time_from(const google::protobuf::Timestamp &t)
{
	return { t.seconds(), t.nanos() };
}

void set(google::protobuf::Timestamp *m, const Time &t)
{
	m->set_seconds(t.seconds);
	m->set_nanos(t.nanos);
}

void remember(const gf::Fleet &f)
{
	Snapshot &s = snapshot;

	if (f.pauses_size() > 0) {
		std::cerr << "a paused fleet is not what is measured\n";
		exit(1);
	}
	s.state = f.state();
	s.total = f.wallets().total();
	s.active = f.wallets().active();
	s.paused = f.wallets().paused();
	s.tripped = f.wallets().tripped();
	s.watch_only = f.wallets().watch_only();
	s.retired = f.wallets().retired();
	s.planning = f.operations().planning();
	s.planned = f.operations().planned();
	s.running = f.operations().running();
	s.held = f.operations().held();
	s.signed_ = f.transactions().signed_();
	s.unknown = f.transactions().unknown();
	s.in_pool = f.transactions().in_pool();
	s.mined = f.transactions().mined();
	s.review = f.transactions().review();
	s.chain_id = f.chain().chain_id();
	s.head = f.chain().head_block();
	s.base_fee = f.chain().base_fee();
	s.tip = f.chain().tip();
	s.chain_seen = f.chain().has_observe_time();
	s.chain_time = time_from(f.chain().observe_time());
	s.endpoints_ok = f.chain().endpoints_ok();
	s.endpoints = f.chain().endpoints();
	s.money = f.total_balance();
	s.oldest_seen = f.has_oldest_observe_time();
	s.oldest = time_from(f.oldest_observe_time());
	s.problems.assign(f.problems().begin(), f.problems().end());
	s.last_event = f.last_event_id();
	for (const gf::Event &e : f.recent())
		s.recent.push_back({ e.id(), time_from(e.time()), e.subject(), e.kind(), e.text(),
				     e.actor() });
}

void build(gf::Fleet *f)
{
	const Snapshot &s = snapshot;

	f->set_state(static_cast<gf::FleetState>(s.state));
	gf::WalletCounts *w = f->mutable_wallets();
	w->set_total(s.total);
	w->set_active(s.active);
	w->set_paused(s.paused);
	w->set_tripped(s.tripped);
	w->set_watch_only(s.watch_only);
	w->set_retired(s.retired);
	gf::OperationCounts *o = f->mutable_operations();
	o->set_planning(s.planning);
	o->set_planned(s.planned);
	o->set_running(s.running);
	o->set_held(s.held);
	gf::TransactionCounts *t = f->mutable_transactions();
	t->set_signed_(s.signed_);
	t->set_unknown(s.unknown);
	t->set_in_pool(s.in_pool);
	t->set_mined(s.mined);
	t->set_review(s.review);
	gf::ChainStatus *c = f->mutable_chain();
	c->set_chain_id(s.chain_id);
	c->set_head_block(s.head);
	c->set_base_fee(s.base_fee);
	c->set_tip(s.tip);
	if (s.chain_seen)
		set(c->mutable_observe_time(), s.chain_time);
	c->set_endpoints_ok(s.endpoints_ok);
	c->set_endpoints(s.endpoints);
	f->set_total_balance(s.money);
	if (s.oldest_seen)
		set(f->mutable_oldest_observe_time(), s.oldest);
	for (const std::string &p : s.problems)
		f->add_problems(p);
	f->set_last_event_id(s.last_event);
	for (const Happening &h : s.recent) {
		gf::Event *e = f->add_recent();
		e->set_id(h.id);
		set(e->mutable_time(), h.time);
		e->set_subject(h.subject);
		e->set_kind(h.kind);
		e->set_text(h.text);
		e->set_actor(h.actor);
	}
}

const grpc::Status nobody(grpc::StatusCode::UNAUTHENTICATED, "who are you?");

// Builds a message for every call.
struct Building {
	using Service = gf::FleetService::WithAsyncMethod_GetFleet<gf::FleetService::Service>;
	using In = gf::GetFleetRequest;
	using Out = gf::GetFleetResponse;

	static void answer(const grpc::ServerContext &ctx, Out &out,
			   grpc::ServerAsyncResponseWriter<Out> &writer, void *tag)
	{
		if (!known(ctx))
			return writer.FinishWithError(nobody, tag);
		build(out.mutable_fleet());
		writer.Finish(out, grpc::Status::OK, tag);
	}
};

// Hands out the same bytes for every call.
grpc::Slice kept_bytes;

struct Kept {
	using Service = gf::FleetService::WithRawMethod_GetFleet<gf::FleetService::Service>;
	using In = grpc::ByteBuffer;
	using Out = grpc::ByteBuffer;

	static void answer(const grpc::ServerContext &ctx, Out &out,
			   grpc::ServerAsyncResponseWriter<Out> &writer, void *tag)
	{
		if (!known(ctx))
			return writer.FinishWithError(nobody, tag);
		out = grpc::ByteBuffer(&kept_bytes, 1);
		writer.Finish(out, grpc::Status::OK, tag);
	}
};

template <class How> struct Call {
	typename How::Service *service;
	grpc::ServerCompletionQueue *cq;
	grpc::ServerContext ctx;
	typename How::In in;
	typename How::Out out;
	grpc::ServerAsyncResponseWriter<typename How::Out> writer{ &ctx };
	bool answered = false;

	Call(typename How::Service *s, grpc::ServerCompletionQueue *q) : service(s), cq(q)
	{
		service->RequestGetFleet(&ctx, &in, &writer, cq, cq, this);
	}
};

template <class How> void serve(const char *ports_file)
{
	typename How::Service service;
	grpc::ServerBuilder builder;
	int port = 0;
	void *tag;
	bool ok;

	builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
	builder.RegisterService(&service);
	std::unique_ptr<grpc::ServerCompletionQueue> cq = builder.AddCompletionQueue();
	std::unique_ptr<grpc::Server> server = builder.BuildAndStart();

	std::ofstream(ports_file) << "{\"grpc\":" << port << "}\n";
	for (int i = 0; i < 64; i++)
		new Call<How>(&service, cq.get());
	while (cq->Next(&tag, &ok)) {
		auto *c = static_cast<Call<How> *>(tag);

		if (c->answered || !ok) {
			delete c;
			continue;
		}
		new Call<How>(&service, cq.get());
		c->answered = true;
		How::answer(c->ctx, c->out, c->writer, c);
	}
}

} // namespace

int main(int argc, char **argv)
{
	gf::GetFleetResponse answer;

	if (argc < 4 || !answer.ParseFromString(file(argv[3]))) {
		std::cerr << "usage: bench_grpcpp PORTS_FILE TOKEN_FILE ANSWER_FILE [kept]\n";
		return 2;
	}
	std::string token = file(argv[2]);

	token.erase(token.find_last_not_of("\n") + 1);
	callers.emplace(sha256(token.data(), token.size()), "admin");
	remember(answer.fleet());
	gf::Fleet built;

	build(&built);
	if (built.SerializeAsString() != answer.fleet().SerializeAsString()) {
		std::cerr << "what is built is not the daemon's answer\n";
		return 1;
	}
	kept_bytes = grpc::Slice(answer.SerializeAsString());
	if (argc > 4 && strcmp(argv[4], "kept") == 0)
		serve<Kept>(argv[1]);
	else
		serve<Building>(argv[1]);
	return 0;
}
