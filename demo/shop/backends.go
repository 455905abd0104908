package shop

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go/aws"              //nolint:staticcheck // what the X-Ray SDK for Go instruments
	"github.com/aws/aws-sdk-go/aws/credentials"  //nolint:staticcheck // what the X-Ray SDK for Go instruments
	"github.com/aws/aws-sdk-go/aws/session"      //nolint:staticcheck // what the X-Ray SDK for Go instruments
	"github.com/aws/aws-sdk-go/service/dynamodb" //nolint:staticcheck // what the X-Ray SDK for Go instruments
	"github.com/aws/aws-sdk-go/service/s3"       //nolint:staticcheck // what the X-Ray SDK for Go instruments
	"github.com/aws/aws-xray-sdk-go/xray"
	"modernc.org/sqlite"
)

const (
	labelBucket   = "shop-labels"
	imageBucket   = "shop-images"
	productTable  = "products"
	productCount  = 40
	ordersAddress = "mysql://shop@db.shop.internal:3306/orders"
	cartsAddress  = "mysql://shop@db.shop.internal:3306/carts"
)

// backends are the databases of the shop, through instrumented clients.
type backends struct {
	orders, carts *sql.DB
	objects       *s3.S3
	products      *dynamodb.DynamoDB
	open          []*sql.DB
}

// database is SQLite in memory behind the address of a database server. The SDK
// asks each new connection for its version, user and database in the dialects of
// some servers; SQLite answers that of MySQL, see register.
type database struct{ driver.Driver }

// Open connects to the database that the path of the address names.
func (d database) Open(address string) (driver.Conn, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	return d.Driver.Open("file:" + strings.Trim(u.Path, "/") + "?mode=memory&cache=shared")
}

// register adds the driver and the functions that the SDK asks for. It may happen
// once in a process.
var register = sync.OnceValue(func() error {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return err
	}
	sql.Register("shop", database{db.Driver()})
	errs := []error{db.Close()}
	for name, answer := range map[string]string{"version": "SQLite, in memory", "current_user": "shop", "database": "shop"} {
		errs = append(errs, sqlite.RegisterDeterministicScalarFunction(name, 0, func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
			return answer, nil
		}))
	}
	return errors.Join(errs...)
})

func openBackends(ctx context.Context, n *network) (*backends, error) {
	if err := register(); err != nil {
		return nil, fmt.Errorf("register database: %w", err)
	}
	b := &backends{}
	var err error
	if b.orders, err = b.openDatabase(ctx, ordersAddress, "CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, customer TEXT, amount REAL)"); err != nil {
		return nil, errors.Join(err, b.close())
	}
	if b.carts, err = b.openDatabase(ctx, cartsAddress, "CREATE TABLE IF NOT EXISTS items (customer TEXT, product TEXT, quantity INTEGER, PRIMARY KEY (customer, product))"); err != nil {
		return nil, errors.Join(err, b.close())
	}
	client := &http.Client{Transport: n.transport()}
	sess, err := session.NewSessionWithOptions(session.Options{
		SharedConfigState: session.SharedConfigDisable,
		Config: aws.Config{
			Region:           new("us-east-1"),
			Credentials:      credentials.NewStaticCredentials("demo", "demo", ""),
			DisableSSL:       new(true),
			S3ForcePathStyle: new(true),
			HTTPClient:       client,
			MaxRetries:       new(1),
		},
	})
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	b.objects = s3.New(sess, aws.NewConfig().WithEndpoint("http://"+objectHost))
	b.products = dynamodb.New(sess, aws.NewConfig().WithEndpoint("http://"+tableHost))
	xray.AWS(b.objects.Client)
	xray.AWS(b.products.Client)
	return b, nil
}

// openDatabase opens an instrumented database and creates its table through a
// connection that is not traced, which also keeps the database in memory alive.
func (b *backends) openDatabase(ctx context.Context, address, schema string) (*sql.DB, error) {
	keeper, err := sql.Open("shop", address)
	if err != nil {
		return nil, err
	}
	b.open = append(b.open, keeper)
	keeper.SetMaxOpenConns(1)
	if _, err := keeper.ExecContext(ctx, schema); err != nil {
		return nil, fmt.Errorf("open database %s: %w", address, err)
	}
	db, err := xray.SQLContext("shop", address)
	if err != nil {
		return nil, err
	}
	b.open = append(b.open, db)
	db.SetMaxOpenConns(1) // SQLite in memory has one writer
	return db, nil
}

func (b *backends) close() error {
	var errs []error
	for _, db := range slices.Backward(b.open) {
		errs = append(errs, db.Close())
	}
	return errors.Join(errs...)
}

func productID(n int) string { return "p-" + strconv.Itoa(1000+n) }
