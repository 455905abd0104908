// The Go application of the conformance tests with OpenTelemetry: an HTTP server
// with OpenTelemetry's instrumentation around its handlers, its HTTP client, its SQL
// database and its DynamoDB client. The tests describe what each path does.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/XSAM/otelsql"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"go.opentelemetry.io/contrib/instrumentation/github.com/aws/aws-sdk-go-v2/otelaws"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/contrib/propagators/aws/xray"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"
	"go.opentelemetry.io/otel/trace"
	_ "modernc.org/sqlite"
)

var tracer = otel.Tracer("radiograph.test/clients/otel")

type app struct {
	db     *sql.DB
	client *http.Client
	carts  *dynamodb.Client
}

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	if err := startTracing(context.Background()); err != nil {
		return err
	}
	db, err := otelsql.Open("sqlite", "file:orders?mode=memory&cache=shared",
		otelsql.WithAttributes(semconv.DBSystemNameSQLite, semconv.DBNamespace("orders")))
	if err != nil {
		return err
	}
	defer db.Close()

	a := &app{db: db, client: &http.Client{Transport: otelhttp.NewTransport(nil)}, carts: newDynamoDB()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /order", a.order)
	mux.HandleFunc("GET /fail", a.fail)
	return http.ListenAndServe(os.Getenv("LISTEN"), otelhttp.NewHandler(mux, "server"))
}

// startTracing makes the SDK send what it records to where the environment says.
// The name of the service and the batches' delay are read from it by the SDK.
func startTracing(ctx context.Context) error {
	client := otlptracehttp.NewClient()
	if os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc" {
		client = otlptracegrpc.NewClient()
	}
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		return err
	}
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter)))
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, xray.Propagator{}))
	return nil
}

func newDynamoDB() *dynamodb.Client {
	cfg := aws.Config{
		Region:      os.Getenv("AWS_REGION"),
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
	otelaws.AppendMiddlewares(&cfg.APIOptions)
	return dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		o.BaseEndpoint = aws.String(os.Getenv("AWS_ENDPOINT_URL_DYNAMODB"))
	})
}

// order says what it knows of the order, asks the database and DynamoDB, and calls
// the next application, if the query names one.
func (a *app) order(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	span := trace.SpanFromContext(ctx)
	span.SetAttributes(
		attribute.String("language", "go"),
		attribute.Int("items", 3),
		attribute.Bool("express", true),
		attribute.StringSlice("aws.xray.annotations", []string{"language", "items", "express"}),
		attribute.String("aws.xray.metadata.order", `{"basket":{"sku":"A-1","count":3}}`),
		semconv.EnduserID("user-go"),
	)
	span.AddEvent("packed", trace.WithAttributes(attribute.Int("parcels", 2)))
	span.AddLink(trace.Link{
		SpanContext: trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: trace.TraceID{0: 0xab, 15: 1}, SpanID: trace.SpanID{0: 0xcd, 7: 2}, TraceFlags: trace.FlagsSampled,
		}),
		Attributes: []attribute.KeyValue{attribute.String("reason", "reorder")},
	})
	err := errors.Join(a.query(ctx), a.cart(ctx), a.next(ctx, r.URL.Query().Get("next")))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	fmt.Fprintln(w, "ok")
}

func (a *app) query(ctx context.Context) error {
	var sum int
	return a.db.QueryRowContext(ctx, "SELECT 1 + 1").Scan(&sum)
}

func (a *app) cart(ctx context.Context) error {
	_, err := a.carts.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String("carts"),
		Key:       map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "1"}},
	})
	return err
}

// next calls the first of a comma-separated list of applications and hands it
// the rest of the list.
func (a *app) next(ctx context.Context, list string) error {
	if list == "" {
		return nil
	}
	first, rest, _ := strings.Cut(list, ",")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, first+"/order?next="+rest, nil)
	if err != nil {
		return err
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", first, resp.Status)
	}
	return nil
}

func (a *app) fail(w http.ResponseWriter, r *http.Request) {
	_, span := tracer.Start(r.Context(), "charge")
	defer span.End()
	err := errors.New("card declined")
	span.RecordError(err, trace.WithStackTrace(true))
	span.SetStatus(codes.Error, err.Error())
	http.Error(w, err.Error(), http.StatusInternalServerError)
}
