package shop

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"github.com/aws/aws-sdk-go/service/dynamodb" //nolint:staticcheck // what the X-Ray SDK for Go instruments
	"github.com/aws/aws-sdk-go/service/s3"       //nolint:staticcheck // what the X-Ray SDK for Go instruments
	"github.com/aws/aws-xray-sdk-go/xray"
)

// storefront is what customers see.
func storefront(s *service) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /products/{id}", func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		annotate(ctx, "product", r.PathValue("id"))
		relay(w, s.call(ctx, r, http.MethodGet, "http://"+host("catalog")+"/products/"+r.PathValue("id"), nil))
	})
	mux.HandleFunc("POST /cart", func(w http.ResponseWriter, r *http.Request) {
		o, ok := decode[order](w, r)
		if !ok {
			return
		}
		relay(w, s.call(r.Context(), r, http.MethodPost, "http://"+host("cart")+"/items", o))
	})
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		o, ok := decode[order](w, r)
		if !ok {
			return
		}
		ctx := r.Context()
		annotate(ctx, "amount", o.Amount)
		note(ctx, "order", o)
		err := xray.Capture(ctx, "session", func(context.Context) error {
			delay(1, 3)
			return nil
		})
		if err == nil {
			err = s.call(ctx, r, http.MethodPost, "http://"+host("cart")+"/items", o)
		}
		if err == nil {
			err = s.call(ctx, r, http.MethodPost, "http://"+host("orders")+"/orders", o)
		}
		relay(w, err)
	})
	return mux
}

// relay answers as the service behind did. What went wrong there shows there.
func relay(w http.ResponseWriter, err error) {
	if status, ok := errors.AsType[*statusError](err); ok {
		http.Error(w, http.StatusText(status.status), status.status)
		return
	}
	if err != nil {
		http.Error(w, "a service did not answer", http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// catalog knows the products: their data are in a table, their images in a bucket.
func catalog(s *service) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /products/{id}", func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		out, err := s.products.GetItemWithContext(ctx, &dynamodb.GetItemInput{
			TableName: new(productTable),
			Key:       map[string]*dynamodb.AttributeValue{"ID": {S: new(r.PathValue("id"))}},
		})
		switch {
		case err != nil:
			http.Error(w, "table", http.StatusBadGateway)
			return
		case len(out.Item) == 0:
			http.Error(w, "no such product", http.StatusNotFound)
			return
		}
		image, err := s.objects.GetObjectWithContext(ctx, &s3.GetObjectInput{Bucket: new(imageBucket), Key: new(r.PathValue("id") + ".webp")})
		if err != nil {
			http.Error(w, "image", http.StatusBadGateway)
			return
		}
		_ = image.Body.Close()                                            // it is not looked at
		_ = xray.Capture(ctx, "render", func(ctx context.Context) error { // never fails
			delay(2, 6)
			note(ctx, "template", "product.html")
			return nil
		})
	})
	return mux
}

// cart remembers what customers want, in a database.
func cart(s *service) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /items", func(w http.ResponseWriter, r *http.Request) {
		o, ok := decode[order](w, r)
		if !ok {
			return
		}
		_, err := s.carts.ExecContext(r.Context(), "INSERT INTO items (customer, product, quantity) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET quantity = quantity + 1", o.Customer, o.Product)
		if err != nil {
			http.Error(w, "database", http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusCreated)
	})
	return mux
}

// orders takes orders: writes them down, has them paid and shipped.
func orders(s *service) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		o, ok := decode[order](w, r)
		if !ok {
			return
		}
		ctx := r.Context()
		annotate(ctx, "order", o.ID)
		annotate(ctx, "express", o.Amount > 40)
		if _, err := s.orders.ExecContext(ctx, "INSERT OR REPLACE INTO orders (id, customer, amount) VALUES (?, ?, ?)", o.ID, o.Customer, o.Amount); err != nil {
			http.Error(w, "database", http.StatusInternalServerError)
			return
		}
		if err := s.call(ctx, r, http.MethodPost, "http://"+host("payments")+"/charges", o); err != nil {
			relay(w, err)
			return
		}
		relay(w, s.call(ctx, r, http.MethodPost, "http://"+host("shipping")+"/labels", o))
	})
	return mux
}

// errBank is recorded as an exception where a charge fails.
var errBank = errors.New("the bank did not answer in time")

// payments charges customers at the bank.
func payments(s *service) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /charges", func(w http.ResponseWriter, r *http.Request) {
		o, ok := decode[order](w, r)
		if !ok {
			return
		}
		annotate(r.Context(), "amount", o.Amount)
		var status *statusError
		err := xray.Capture(r.Context(), "authorize", func(ctx context.Context) error {
			err := s.call(ctx, r, http.MethodPost, "http://"+bankHost+"/v2/authorizations", o)
			if errors.As(err, &status) && status.status == http.StatusTooManyRequests {
				return nil // the bank is busy: nothing is wrong here
			}
			if err != nil {
				return errors.Join(errBank, err)
			}
			return nil
		})
		switch {
		case err != nil:
			_ = xray.AddError(r.Context(), err) // fails when the request is not traced
			http.Error(w, err.Error(), http.StatusInternalServerError)
		case status != nil:
			http.Error(w, "the bank is busy", http.StatusTooManyRequests)
		default:
			w.WriteHeader(http.StatusCreated)
		}
	})
	return mux
}

// shipping prints labels and keeps them in a bucket.
func shipping(s *service) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /labels", func(w http.ResponseWriter, r *http.Request) {
		o, ok := decode[order](w, r)
		if !ok {
			return
		}
		delay(2, 10)
		_, err := s.objects.PutObjectWithContext(r.Context(), &s3.PutObjectInput{
			Bucket: new(labelBucket), Key: new("labels/" + o.ID + ".pdf"),
			Body: bytes.NewReader([]byte("To: " + o.Customer)),
		})
		if err != nil {
			http.Error(w, "bucket", http.StatusBadGateway)
			return
		}
		w.WriteHeader(http.StatusCreated)
	})
	return mux
}
