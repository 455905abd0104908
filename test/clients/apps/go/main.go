// The Go application of the client conformance tests: an HTTP server with the
// X-Ray SDK for Go around its handlers, its HTTP client, its SQL database and its
// DynamoDB client. The tests describe what each path does.
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

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-xray-sdk-go/instrumentation/awsv2"
	"github.com/aws/aws-xray-sdk-go/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/xray"
	_ "modernc.org/sqlite"
)

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
	strategy, err := sampling.NewCentralizedStrategy()
	if err != nil {
		return err
	}
	if err := xray.Configure(xray.Config{SamplingStrategy: strategy, ServiceVersion: "1.2.3"}); err != nil {
		return err
	}
	db, err := xray.SQLContext("sqlite", "file:orders?mode=memory&cache=shared")
	if err != nil {
		return err
	}
	defer db.Close()

	a := &app{db: db, client: xray.Client(nil), carts: newDynamoDB()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /order", a.order)
	mux.HandleFunc("GET /fail", a.fail)
	mux.HandleFunc("GET /unsampled", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	return http.ListenAndServe(os.Getenv("LISTEN"), xray.Handler(xray.NewFixedSegmentNamer(os.Getenv("SERVICE")), mux))
}

func newDynamoDB() *dynamodb.Client {
	cfg := aws.Config{
		Region:      os.Getenv("AWS_REGION"),
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
	awsv2.AWSV2Instrumentor(&cfg.APIOptions)
	return dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		o.BaseEndpoint = aws.String(os.Getenv("AWS_ENDPOINT_URL_DYNAMODB"))
	})
}

// order annotates the segment, asks the database and DynamoDB, and calls the
// next application, if the query names one.
func (a *app) order(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	err := errors.Join(
		xray.AddAnnotation(ctx, "language", "go"),
		xray.AddAnnotation(ctx, "items", 3),
		xray.AddAnnotation(ctx, "express", true),
		xray.AddMetadataToNamespace(ctx, "order", "basket", map[string]any{"sku": "A-1", "count": 3}),
		a.query(ctx),
		a.cart(ctx),
		a.next(ctx, r.URL.Query().Get("next")),
	)
	if seg := xray.GetSegment(ctx); seg != nil {
		seg.Lock()
		seg.User = "user-go"
		seg.Unlock()
	}
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
	err := xray.Capture(r.Context(), "charge", func(context.Context) error {
		return errors.New("card declined")
	})
	http.Error(w, err.Error(), http.StatusInternalServerError)
}
