package frontend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-xray-sdk-go/v2/instrumentation/awsv2"
	"github.com/aws/aws-xray-sdk-go/v2/xray"

	"github.com/radiograph/radiograph/examples/sampleapp/internal/service"
)

// Files keeps files in a bucket.
type Files struct {
	log    *slog.Logger
	bucket string
	traced *s3.Client // for requests: each call becomes a subsegment
	plain  *s3.Client // for what no request asked for
}

// NewFiles returns the files in the bucket. With pathStyle the bucket is part of the
// path and not of the host's name.
func NewFiles(log *slog.Logger, cfg aws.Config, bucket string, pathStyle bool) *Files {
	style := func(o *s3.Options) { o.UsePathStyle = pathStyle }
	f := &Files{log: log, bucket: bucket, plain: s3.NewFromConfig(cfg, style)}
	traced := cfg.Copy()
	awsv2.AWSV2Instrumentor(&traced.APIOptions)
	f.traced = s3.NewFromConfig(traced, style)
	return f
}

// Prepare creates the bucket unless it exists. It tries until the storage answers, or
// ctx ends.
func (f *Files) Prepare(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		_, err := f.plain.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &f.bucket})
		if err == nil || is[*types.BucketAlreadyOwnedByYou](err) || is[*types.BucketAlreadyExists](err) {
			return nil
		}
		f.log.WarnContext(ctx, "bucket not ready yet", "bucket", f.bucket, "err", err)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("create bucket %s: %w", f.bucket, err)
		}
	}
}

// get answers with the file of the path's key.
func (f *Files) get(w http.ResponseWriter, r *http.Request) {
	key := r.PathValue("key")
	out, err := f.traced.GetObject(r.Context(), &s3.GetObjectInput{Bucket: &f.bucket, Key: &key})
	if is[*types.NoSuchKey](err) {
		service.Fail(w, http.StatusNotFound, "no such file")
		return
	}
	if err != nil {
		unavailable(w, r, f.log, fmt.Errorf("get file %q: %w", key, err))
		return
	}
	defer out.Body.Close()
	w.Header().Set("Content-Type", contentType(aws.ToString(out.ContentType)))
	_, _ = io.Copy(w, out.Body) // the client or the storage has gone when this fails, and the answer has begun
}

// put stores the body under the path's key.
func (f *Files) put(w http.ResponseWriter, r *http.Request) {
	key := r.PathValue("key")
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, service.MaxBody))
	if err != nil {
		if is[*http.MaxBytesError](err) {
			service.Fail(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("a file may have %d bytes", service.MaxBody))
			return
		}
		service.Fail(w, http.StatusBadRequest, "the body could not be read")
		return
	}
	_, err = f.traced.PutObject(r.Context(), &s3.PutObjectInput{
		Bucket: &f.bucket, Key: &key, Body: bytes.NewReader(body),
		ContentType: aws.String(contentType(r.Header.Get("Content-Type"))),
	})
	if err != nil {
		unavailable(w, r, f.log, fmt.Errorf("put file %q: %w", key, err))
		return
	}
	_ = xray.AddMetadata(r.Context(), "file", map[string]any{"key": key, "bytes": len(body)}) // fails when the request is not traced
	service.Reply(w, http.StatusCreated, map[string]any{"key": key, "bytes": len(body)})
}

// contentType returns a type that is safe to hand to a browser: text or JSON as
// stored, everything else as bytes.
func contentType(stored string) string {
	kind, _, err := mime.ParseMediaType(stored)
	if err == nil && (kind == "text/plain" || kind == "application/json") {
		return stored
	}
	return "application/octet-stream"
}

// is says whether err is, or wraps, an error of type E.
func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
