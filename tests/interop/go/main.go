// client rows|fleet ADDRESS TOKEN_FILE [CALLS.tsv]: what rows.py and fleet.py beside this folder do,
// with grpc-go and the stubs of protoc-gen-go-grpc.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	pb "ghostfleet/interop/ghostfleet/v1"
)

var address, token string

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func check(ok bool, what ...any) {
	if !ok {
		panic(fmt.Sprint(what...))
	}
}

func connect() *grpc.ClientConn {
	config, err := os.ReadFile(os.Getenv("SERVICE_CONFIG"))
	must(err)
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithNoProxy(),
		grpc.WithDefaultServiceConfig(string(config)),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	must(err)
	return conn
}

func within(seconds int) (context.Context, context.CancelFunc) {
	ctx := metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer "+token)
	return context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
}

var capital = regexp.MustCompile("([a-z])([A-Z])")

func code(err error) string {
	return strings.ToLower(capital.ReplaceAllString(status.Code(err).String(), "${1}_$2"))
}

/* ---- rows ---- */

func message(d protoreflect.MessageDescriptor) proto.Message {
	t, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	must(err)
	return t.New().Interface()
}

func call(conn *grpc.ClientConn, name, text string) string {
	at := strings.Replace(name, "/", ".", 1)
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(at))
	must(err)
	method := found.(protoreflect.MethodDescriptor)
	in, out := message(method.Input()), message(method.Output())
	must(protojson.Unmarshal([]byte(text), in))
	ctx, cancel := within(30)
	defer cancel()
	if !method.IsStreamingServer() {
		if err := conn.Invoke(ctx, "/"+name, in, out); err != nil {
			return code(err)
		}
		return "ok"
	}
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, "/"+name)
	must(err)
	must(stream.SendMsg(in))
	must(stream.CloseSend())
	if err := stream.RecvMsg(out); err != nil {
		return code(err)
	}
	return "stream"
}

func rows(table string) {
	file, err := os.Open(table)
	must(err)
	conn := connect()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		row := strings.Split(lines.Text(), "\t")
		fmt.Printf("%s\t%s\n", row[0], call(conn, row[0], row[2]))
	}
}

/* ---- fleet ---- */

const (
	count  = 25
	page   = 10
	target = "1000000000000000"
	moved  = "25000000000000000"
)

func saw(step, format string, what ...any) {
	fmt.Printf("%s\t%s\n", step, fmt.Sprintf(format, what...))
}

func newID() string {
	return fmt.Sprint("go-", time.Now().UnixNano())
}

// One call, within 30 s.
func ask[I, O any](method func(context.Context, *I, ...grpc.CallOption) (*O, error), in *I) (*O, error) {
	ctx, cancel := within(30)
	defer cancel()
	return method(ctx, in)
}

func done[I, O any](method func(context.Context, *I, ...grpc.CallOption) (*O, error), in *I) *O {
	out, err := ask(method, in)
	must(err)
	return out
}

// The ErrorInfo and the RetryInfo of an error.
func told(err error) (info *errdetails.ErrorInfo, retry *errdetails.RetryInfo) {
	for _, detail := range status.Convert(err).Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			info = d
		case *errdetails.RetryInfo:
			retry = d
		}
	}
	return info, retry
}

func refused(err error, want codes.Code, reason string) {
	info, _ := told(err)
	check(status.Code(err) == want && info.GetReason() == reason && info.GetDomain() == "ghostfleet.v1", err)
}

func listAll(wallets pb.WalletServiceClient, size int32) (names []string, pages int) {
	for next := ""; ; {
		said := done(wallets.ListWallets, &pb.ListWalletsRequest{PageSize: size, PageToken: next,
			Role: pb.WalletRole_WALLET_ROLE_FLEET})
		for _, wallet := range said.Wallets {
			names = append(names, wallet.Name)
		}
		pages++
		if next = said.NextPageToken; next == "" {
			return names, pages
		}
	}
}

func watchUntil(operations pb.OperationServiceClient, name string, states ...pb.OperationState) *pb.Operation {
	ctx, cancel := within(60)
	defer cancel()
	stream, err := operations.WatchOperation(ctx, &pb.WatchOperationRequest{Name: name})
	must(err)
	for {
		said, err := stream.Recv()
		must(err)
		if o := said.GetOperation(); o != nil && slices.Contains(states, o.State) {
			return o
		}
	}
}

func eventsAfter(fleet pb.FleetServiceClient, id int64, subject string) (found []int64) {
	ctx, cancel := within(30)
	defer cancel()
	stream, err := fleet.WatchFleet(ctx, &pb.WatchFleetRequest{AfterEventId: id})
	must(err)
	for {
		said, err := stream.Recv()
		must(err)
		event := said.GetEvent()
		if event == nil {
			continue
		}
		found = append(found, event.Id)
		if event.Kind == "operation.done" && event.Subject == subject {
			return found
		}
	}
}

func fund(conn *grpc.ClientConn) (after int64, name string) {
	fleet, funding := pb.NewFleetServiceClient(conn), pb.NewFundingServiceClient(conn)
	operations := pb.NewOperationServiceClient(conn)

	before := done(fleet.GetFleet, &pb.GetFleetRequest{}).Fleet
	wish := &pb.PlanFundRequest{Target: target, RequestId: newID()}
	dry := proto.Clone(wish).(*pb.PlanFundRequest)
	dry.ValidateOnly = true
	done(funding.PlanFund, dry)
	now := done(fleet.GetFleet, &pb.GetFleetRequest{}).Fleet
	check(now.LastEventId == before.LastEventId && proto.Equal(now.Operations, before.Operations), now)
	saw("dry run", "leaves nothing")

	plan := done(funding.PlanFund, wish).Operation
	check(proto.Equal(done(funding.PlanFund, wish).Operation, plan), plan)
	_, err := ask(funding.PlanFund, &pb.PlanFundRequest{Target: "2", RequestId: wish.RequestId})
	refused(err, codes.InvalidArgument, "REQUEST_ID_REUSED")
	saw("plan, twice", "one operation; another body: REQUEST_ID_REUSED")

	plan = watchUntil(operations, plan.Name, pb.OperationState_OPERATION_STATE_PLANNED,
		pb.OperationState_OPERATION_STATE_FAILED)
	check(plan.State == pb.OperationState_OPERATION_STATE_PLANNED, plan)
	_, err = ask(operations.RunOperation, &pb.RunOperationRequest{Name: plan.Name,
		PlanHash: "0x" + strings.Repeat("00", 32), RequestId: newID()})
	refused(err, codes.FailedPrecondition, "PLAN_CHANGED")
	run := &pb.RunOperationRequest{Name: plan.Name, PlanHash: plan.PlanHash, RequestId: newID()}
	started := done(operations.RunOperation, run).Operation
	check(proto.Equal(done(operations.RunOperation, run).Operation, started), started)
	end := watchUntil(operations, plan.Name, pb.OperationState_OPERATION_STATE_DONE,
		pb.OperationState_OPERATION_STATE_PARTLY, pb.OperationState_OPERATION_STATE_FAILED)
	check(end.State == pb.OperationState_OPERATION_STATE_DONE && end.StepsDone == count && end.Moved == moved, end)
	saw("run, twice", "%d wallets funded, once", end.StepsDone)
	return before.LastEventId, plan.Name
}

// More long calls at a time than may wait: who is refused is told when to come again.
func crowd(wallets pb.WalletServiceClient) {
	const many = 40
	some := &pb.GenerateWalletsRequest{Count: 250, Profile: "degen", ValidateOnly: true}
	errs := make(chan error, many)
	for range many {
		go func() {
			_, err := ask(wallets.GenerateWallets, some)
			errs <- err
		}()
	}
	refusals, wait := 0, time.Duration(0)
	for range many {
		if err := <-errs; err != nil {
			refused(err, codes.ResourceExhausted, "SERVER_BUSY")
			_, retry := told(err)
			wait = retry.RetryDelay.AsDuration()
			refusals++
		}
	}
	check(refusals > 0 && refusals < many && wait == 200*time.Millisecond, refusals, wait)
	time.Sleep(wait)
	done(wallets.GenerateWallets, some)
	saw("RetryInfo", "SERVER_BUSY: after %d ms, then answered", wait.Milliseconds())
}

func fleet() {
	conn := connect()
	fleet, wallets := pb.NewFleetServiceClient(conn), pb.NewWalletServiceClient(conn)

	made := done(wallets.GenerateWallets, &pb.GenerateWalletsRequest{Count: count, Profile: "degen",
		RequestId: newID()})
	names, pages := listAll(wallets, page)
	all, _ := listAll(wallets, 1000)
	check(len(made.Wallets) == count && len(names) == count && pages == 3 && slices.Equal(all, names), names)
	saw("list", "%d wallets on %d pages", len(names), pages)

	after, operation := fund(conn)
	whole := eventsAfter(fleet, after, operation)
	cut := whole[len(whole)/2]
	again := connect()
	rest := eventsAfter(pb.NewFleetServiceClient(again), cut, operation)
	must(again.Close())
	check(slices.Equal(rest, whole[len(whole)/2+1:]) && slices.IsSorted(whole), whole, rest)
	check(len(slices.Compact(whole)) == len(whole), whole)
	saw("watch, resumed", "nothing missing, nothing twice")

	_, err := ask(wallets.GetWallet, &pb.GetWalletRequest{Name: "wallets/nobody"})
	refused(err, codes.NotFound, "NOT_FOUND")
	good := token
	token = "wrong"
	_, err = ask(fleet.GetFleet, &pb.GetFleetRequest{})
	token = good
	refused(err, codes.Unauthenticated, "UNAUTHENTICATED")
	saw("ErrorInfo", "NOT_FOUND, UNAUTHENTICATED")
	crowd(wallets)
}

func main() {
	address = os.Args[2]
	said, err := os.ReadFile(os.Args[3])
	must(err)
	token = strings.TrimSpace(string(said))
	if os.Args[1] == "rows" {
		rows(os.Args[4])
	} else {
		fleet()
	}
}
