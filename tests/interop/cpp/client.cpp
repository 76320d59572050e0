// client rows|fleet ADDRESS TOKEN_FILE [CALLS.tsv CONTRACT.binpb]: what rows.py and fleet.py beside
// this folder do, with grpc++: `fleet` by protoc's stubs, `rows` by a GenericStub and messages
// known from the descriptor set alone.
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <google/protobuf/util/type_resolver_util.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>
#include <thread>

#include "ghostfleet/v1/fleet.grpc.pb.h"
#include "ghostfleet/v1/funding.grpc.pb.h"
#include "ghostfleet/v1/operation.grpc.pb.h"
#include "ghostfleet/v1/wallet.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace pb = ghostfleet::v1;
using google::protobuf::util::MessageDifferencer;
using grpc::Status;
using grpc::StatusCode;

static std::string address, token;

#define CHECK(what)                                                                                \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			std::cerr << __FILE__ << ":" << __LINE__ << ": " #what "\n";               \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

static std::string file(const char *name)
{
	std::ifstream in(name);
	std::stringstream s;

	CHECK(in);
	s << in.rdbuf();
	return s.str();
}

static std::shared_ptr<grpc::Channel> connect()
{
	grpc::ChannelArguments args;

	args.SetServiceConfigJSON(file(getenv("SERVICE_CONFIG")));
	args.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
	args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
	return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), args);
}

/* One call's frame: whose it is, and until when. */
struct Frame : grpc::ClientContext {
	explicit Frame(int seconds)
	{
		AddMetadata("authorization", "Bearer " + token);
		set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(seconds));
	}
};

/* ---- rows ---- */

/* By another one the types that have a JSON form of their own are not known. */
#define URL "type.googleapis.com"

static std::string code_name(StatusCode code)
{
	static const char *const names[] = { "ok",
					     "cancelled",
					     "unknown",
					     "invalid_argument",
					     "deadline_exceeded",
					     "not_found",
					     "already_exists",
					     "permission_denied",
					     "resource_exhausted",
					     "failed_precondition",
					     "aborted",
					     "out_of_range",
					     "unimplemented",
					     "internal",
					     "unavailable",
					     "data_loss",
					     "unauthenticated" };

	return names[code];
}

struct Contract {
	google::protobuf::DescriptorPool pool;
	std::unique_ptr<google::protobuf::util::TypeResolver> types;

	explicit Contract(const char *set)
	{
		google::protobuf::FileDescriptorSet files;

		CHECK(files.ParseFromString(file(set)));
		for (const auto &f : files.file())
			CHECK(pool.BuildFile(f));
		types.reset(google::protobuf::util::NewTypeResolverForDescriptorPool(URL, &pool));
	}
};

/* A stream is left after its first message. */
static std::string call(grpc::GenericStub &stub, Contract &c, const std::string &name,
			const std::string &json)
{
	std::string at = name, bytes;

	std::replace(at.begin(), at.end(), '/', '.');
	const auto *m = c.pool.FindMethodByName(at);

	CHECK(m);
	auto made = google::protobuf::util::JsonToBinaryString(
		c.types.get(), URL "/" + m->input_type()->full_name(), json, &bytes);

	if (!made.ok()) {
		std::cerr << name << ": " << made << "\n";
		exit(1);
	}
	grpc::Slice slice(bytes);
	grpc::ByteBuffer request(&slice, 1), answer;
	grpc::CompletionQueue queue;
	Frame frame(30);
	Status status;
	void *tag;
	bool ok, said;
	auto rpc = stub.PrepareCall(&frame, "/" + name, &queue);
	auto step = [&] { return queue.Next(&tag, &ok) && ok; };

	rpc->StartCall(&tag);
	CHECK(step());
	rpc->WriteLast(request, {}, &tag);
	(void)step();
	rpc->Read(&answer, &tag);
	said = step();
	if (said && m->server_streaming())
		frame.TryCancel();
	rpc->Finish(&status, &tag);
	CHECK(step());
	return said && m->server_streaming() ? "stream" : code_name(status.error_code());
}

static void rows(const char *table, const char *set)
{
	grpc::GenericStub stub(connect());
	Contract contract(set);
	std::stringstream in(file(table));
	std::string name, want, json;

	while (std::getline(in, name, '\t') && std::getline(in, want, '\t') &&
	       std::getline(in, json))
		std::cout << name << "\t" << call(stub, contract, name, json) << std::endl;
}

/* ---- fleet ---- */

enum { COUNT = 25, PAGE = 10, CROWD = 40 };
static const char target[] = "1000000000000000", moved[] = "25000000000000000";

static void saw(const std::string &step, const std::string &what)
{
	std::cout << step << "\t" << what << std::endl;
}

static std::string new_id()
{
	static int n;

	return "cpp-" +
	       std::to_string(std::chrono::system_clock::now().time_since_epoch().count()) + "-" +
	       std::to_string(n++);
}

template <class Stub, class In, class Out>
static Status ask(Stub &stub, Status (Stub::*method)(grpc::ClientContext *, const In &, Out *),
		  const In &in, Out *out)
{
	Frame frame(30);

	return (stub.*method)(&frame, in, out);
}

/* The detail of that type, false: there is none. */
template <class Detail> static bool told(const Status &s, Detail *out)
{
	google::rpc::Status all;

	CHECK(all.ParseFromString(s.error_details()));
	CHECK(all.code() == s.error_code() && all.message() == s.error_message());
	return std::any_of(all.details().begin(), all.details().end(),
			   [&](const auto &d) { return d.UnpackTo(out); });
}

static void refused(const Status &s, StatusCode code, const char *reason)
{
	google::rpc::ErrorInfo info;

	CHECK(s.error_code() == code);
	CHECK(told(s, &info));
	CHECK(info.reason() == reason && info.domain() == "ghostfleet.v1");
}

struct Fleet {
	std::unique_ptr<pb::FleetService::Stub> fleet;
	std::unique_ptr<pb::WalletService::Stub> wallets;
	std::unique_ptr<pb::FundingService::Stub> funding;
	std::unique_ptr<pb::OperationService::Stub> operations;

	explicit Fleet(std::shared_ptr<grpc::Channel> c)
	    : fleet(pb::FleetService::NewStub(c)), wallets(pb::WalletService::NewStub(c)),
	      funding(pb::FundingService::NewStub(c)), operations(pb::OperationService::NewStub(c))
	{
	}
};

static std::vector<std::string> all_wallets(Fleet &f, int size, int *pages)
{
	std::vector<std::string> names;
	pb::ListWalletsRequest q;
	pb::ListWalletsResponse r;

	q.set_page_size(size);
	q.set_role(pb::WALLET_ROLE_FLEET);
	*pages = 0;
	do {
		q.set_page_token(r.next_page_token());
		CHECK(ask(*f.wallets, &pb::WalletService::Stub::ListWallets, q, &r).ok());
		for (const auto &w : r.wallets())
			names.push_back(w.name());
		++*pages;
	} while (!r.next_page_token().empty());
	return names;
}

static pb::Fleet look(Fleet &f)
{
	pb::GetFleetResponse r;

	CHECK(ask(*f.fleet, &pb::FleetService::Stub::GetFleet, pb::GetFleetRequest(), &r).ok());
	return r.fleet();
}

static pb::Operation watch_until(Fleet &f, const std::string &name,
				 const std::vector<pb::OperationState> &states)
{
	pb::WatchOperationRequest q;
	pb::WatchOperationResponse said;
	Frame frame(60);

	q.set_name(name);
	auto stream = f.operations->WatchOperation(&frame, q);

	while (stream->Read(&said))
		if (said.has_operation() &&
		    std::count(states.begin(), states.end(), said.operation().state())) {
			frame.TryCancel();
			return said.operation();
		}
	CHECK(!"the stream ended");
	return {};
}

static std::vector<int64_t> events_after(pb::FleetService::Stub &fleet, int64_t id,
					 const std::string &subject)
{
	std::vector<int64_t> found;
	pb::WatchFleetRequest q;
	pb::WatchFleetResponse said;
	Frame frame(30);

	q.set_after_event_id(id);
	auto stream = fleet.WatchFleet(&frame, q);

	while (stream->Read(&said)) {
		if (!said.has_event())
			continue;
		found.push_back(said.event().id());
		if (said.event().kind() == "operation.done" && said.event().subject() == subject) {
			frame.TryCancel();
			return found;
		}
	}
	CHECK(!"the stream ended");
	return found;
}

static pb::Operation plan(Fleet &f)
{
	const auto method = &pb::FundingService::Stub::PlanFund;
	pb::Fleet before = look(f), now;
	pb::PlanFundRequest wish, other;
	pb::PlanFundResponse r, again;

	wish.set_target(target);
	wish.set_request_id(new_id());
	other = wish;
	other.set_validate_only(true);
	CHECK(ask(*f.funding, method, other, &r).ok());
	now = look(f);
	CHECK(now.last_event_id() == before.last_event_id());
	CHECK(MessageDifferencer::Equals(now.operations(), before.operations()));
	saw("dry run", "leaves nothing");

	CHECK(ask(*f.funding, method, wish, &r).ok() && ask(*f.funding, method, wish, &again).ok());
	CHECK(MessageDifferencer::Equals(r, again));
	other = wish;
	other.set_target("2");
	refused(ask(*f.funding, method, other, &again), StatusCode::INVALID_ARGUMENT,
		"REQUEST_ID_REUSED");
	saw("plan, twice", "one operation; another body: REQUEST_ID_REUSED");
	return r.operation();
}

static void run(Fleet &f, const pb::Operation &planned)
{
	const auto method = &pb::OperationService::Stub::RunOperation;
	pb::RunOperationRequest q;
	pb::RunOperationResponse r, again;
	pb::Operation o = watch_until(f, planned.name(),
				      { pb::OPERATION_STATE_PLANNED, pb::OPERATION_STATE_FAILED });

	CHECK(o.state() == pb::OPERATION_STATE_PLANNED);
	q.set_name(o.name());
	q.set_plan_hash("0x" + std::string(64, '0'));
	q.set_request_id(new_id());
	refused(ask(*f.operations, method, q, &r), StatusCode::FAILED_PRECONDITION, "PLAN_CHANGED");
	q.set_plan_hash(o.plan_hash());
	q.set_request_id(new_id());
	CHECK(ask(*f.operations, method, q, &r).ok() && ask(*f.operations, method, q, &again).ok());
	CHECK(MessageDifferencer::Equals(r, again));
	o = watch_until(f, o.name(),
			{ pb::OPERATION_STATE_DONE, pb::OPERATION_STATE_PARTLY,
			  pb::OPERATION_STATE_FAILED });
	CHECK(o.state() == pb::OPERATION_STATE_DONE && o.steps_done() == COUNT &&
	      o.moved() == moved);
	saw("run, twice", std::to_string(o.steps_done()) + " wallets funded, once");
}

/* More long calls at a time than may wait: who is refused is told when to come again. */
static void crowd(Fleet &f)
{
	const auto method = &pb::WalletService::Stub::GenerateWallets;
	pb::GenerateWalletsRequest q;
	std::vector<Status> said(CROWD);
	std::vector<std::thread> threads;
	google::rpc::RetryInfo retry;
	int refusals = 0;

	q.set_count(250);
	q.set_profile("degen");
	q.set_validate_only(true);
	for (Status &s : said)
		threads.emplace_back([&] {
			pb::GenerateWalletsResponse r;

			s = ask(*f.wallets, method, q, &r);
		});
	for (auto &t : threads)
		t.join();
	for (const Status &s : said) {
		if (s.ok())
			continue;
		refusals++;
		refused(s, StatusCode::RESOURCE_EXHAUSTED, "SERVER_BUSY");
		CHECK(told(s, &retry));
		CHECK(retry.retry_delay().seconds() == 0 &&
		      retry.retry_delay().nanos() == 200000000);
	}
	CHECK(refusals > 0 && refusals < CROWD);
	std::this_thread::sleep_for(std::chrono::nanoseconds(retry.retry_delay().nanos()));
	pb::GenerateWalletsResponse r;

	CHECK(ask(*f.wallets, method, q, &r).ok());
	saw("RetryInfo", "SERVER_BUSY: after 200 ms, then answered");
}

static void fleet()
{
	Fleet f(connect());
	pb::GenerateWalletsRequest q;
	pb::GenerateWalletsResponse made;
	int pages, once;

	q.set_count(COUNT);
	q.set_profile("degen");
	q.set_request_id(new_id());
	CHECK(ask(*f.wallets, &pb::WalletService::Stub::GenerateWallets, q, &made).ok());
	auto names = all_wallets(f, PAGE, &pages);

	CHECK(made.wallets_size() == COUNT && names.size() == COUNT && pages == 3);
	CHECK(all_wallets(f, 1000, &once) == names && once == 1);
	saw("list",
	    std::to_string(names.size()) + " wallets on " + std::to_string(pages) + " pages");

	int64_t after = look(f).last_event_id();
	pb::Operation o = plan(f);

	run(f, o);
	auto whole = events_after(*f.fleet, after, o.name());
	auto middle = whole.begin() + (long)whole.size() / 2;
	auto again = pb::FleetService::NewStub(connect());

	CHECK(events_after(*again, *middle, o.name()) ==
	      std::vector<int64_t>(middle + 1, whole.end()));
	CHECK(std::is_sorted(whole.begin(), whole.end()));
	CHECK(std::unique(whole.begin(), whole.end()) == whole.end());
	saw("watch, resumed", "nothing missing, nothing twice");

	pb::GetWalletRequest nobody;
	pb::GetWalletResponse none;
	pb::GetFleetResponse said;

	nobody.set_name("wallets/nobody");
	refused(ask(*f.wallets, &pb::WalletService::Stub::GetWallet, nobody, &none),
		StatusCode::NOT_FOUND, "NOT_FOUND");
	std::string good = token;

	token = "wrong";
	refused(ask(*f.fleet, &pb::FleetService::Stub::GetFleet, pb::GetFleetRequest(), &said),
		StatusCode::UNAUTHENTICATED, "UNAUTHENTICATED");
	token = good;
	saw("ErrorInfo", "NOT_FOUND, UNAUTHENTICATED");
	crowd(f);
}

int main(int, char **argv)
{
	address = argv[2];
	std::stringstream(file(argv[3])) >> token;
	if (argv[1] == std::string("rows"))
		rows(argv[4], argv[5]);
	else
		fleet();
}
