package main

import (
	"bytes"
	"context"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/demo"
	"github.com/radiograph/radiograph/server"
)

// TestMain lets the test binary be the shop's program as well: it finds itself as
// radiograph-shop on the PATH.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){demo.Program: main})
}

// start runs a service until the test ends.
func start(t *testing.T) *server.Server {
	t.Helper()
	c := config.Default()
	c.Data = t.TempDir()
	c.HTTP.Listen, c.Daemon.UDP, c.Daemon.TCP = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	c.OTLP.GRPC, c.OTLP.HTTP = "127.0.0.1:0", "127.0.0.1:0"
	ctx, cancel := context.WithCancel(t.Context())
	s, err := server.New(ctx, c, server.Options{})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("service: %v", err)
		}
	})
	return s
}

// outcomes counts what clients saw of the shop.
type outcomes struct{ errs, throttles, faults int64 }

// look returns the names and types on the service map, and how the shop's answers were.
func look(t *testing.T, api *xray.Client) (map[string]bool, outcomes) {
	t.Helper()
	now := time.Now()
	out, err := api.GetServiceGraph(t.Context(), &xray.GetServiceGraphInput{StartTime: aws.Time(now.Add(-time.Hour)), EndTime: aws.Time(now)})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var o outcomes
	for _, s := range out.Services {
		seen[aws.ToString(s.Name)], seen[aws.ToString(s.Type)] = true, true
		if stats := s.SummaryStatistics; stats != nil && aws.ToString(s.Name) == demo.Entry {
			o.errs += aws.ToInt64(stats.ErrorStatistics.OtherCount)
			o.throttles += aws.ToInt64(stats.ErrorStatistics.ThrottleCount)
			o.faults += aws.ToInt64(stats.FaultStatistics.TotalCount)
		}
	}
	return seen, o
}

// TestShopIsOnTheMap runs the shop as "up --demo" does, in an environment that would
// lead the SDK astray, until everything that it has to show is there.
func TestShopIsOnTheMap(t *testing.T) {
	program, err := exec.LookPath(demo.Program)
	if err != nil {
		t.Fatal(err)
	}
	s := start(t)
	api := xray.New(xray.Options{Region: "us-east-1", BaseEndpoint: aws.String(s.Endpoint()), Credentials: aws.AnonymousCredentials{}})
	ctx, closeShop := context.WithCancel(t.Context())
	defer closeShop()
	var output bytes.Buffer
	done := make(chan error, 1)
	go func() {
		done <- demo.Run(ctx, demo.Options{
			Executable: program, API: api, Daemon: s.DaemonAddress(), Output: &output,
			Env: []string{"AWS_XRAY_DAEMON_ADDRESS=no.such.host:2000", "AWS_XRAY_SDK_DISABLED=true", "GORACE=atexit_sleep_ms=10"},
		})
	}()
	missing := []string{
		"storefront", "catalog", "cart", "orders", "payments", "shipping", "api.bank.example", "shop-labels", "shop-images",
		"AWS::DynamoDB::Table", "shop@db.shop.internal", "Database::SQL", "AWS::S3::Bucket",
	}
	var saw outcomes
	for deadline := time.Now().Add(time.Minute); len(missing) > 0 || min(saw.errs, saw.throttles, saw.faults) == 0; {
		if time.Now().After(deadline) {
			t.Fatalf("the map lacks %q and has %+v", missing, saw)
		}
		var seen map[string]bool
		seen, saw = look(t, api)
		missing = slices.DeleteFunc(missing, func(name string) bool { return seen[name] })
		select {
		case err := <-done:
			t.Fatalf("the shop ended: %v\n%s", err, output.String())
		default:
		}
	}
	closeShop()
	if err := <-done; err != nil || output.Len() > 0 {
		t.Errorf("the shop ended with %v and said %q", err, output.String())
	}
	rules, err := api.GetSamplingRules(t.Context(), &xray.GetSamplingRulesInput{})
	if err != nil || len(rules.SamplingRuleRecords) != 1 {
		t.Errorf("after the shop there are %d sampling rules, want the default one: %v", len(rules.SamplingRuleRecords), err)
	}
}

func TestShopThatFailsSaysWhy(t *testing.T) {
	program, err := exec.LookPath(demo.Program)
	if err != nil {
		t.Fatal(err)
	}
	s := start(t)
	api := xray.New(xray.Options{Region: "us-east-1", BaseEndpoint: aws.String(s.Endpoint()), Credentials: aws.AnonymousCredentials{}})
	var output bytes.Buffer
	err = demo.Run(t.Context(), demo.Options{Executable: program, API: api, Daemon: "nonsense", Output: &output})
	if err == nil || !strings.Contains(err.Error(), "the shop ended early") || !strings.Contains(output.String(), "radiograph-shop:") {
		t.Errorf("got %v and %q", err, output.String())
	}
}
