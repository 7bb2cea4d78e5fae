package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"pegasus/fault"
)

// S3Options name a bucket. Endpoint is the address of any server that speaks S3, "" for Amazon's. Without an access key
// credentials come from the machine: AWS's files, or the role of the instance or task.
type S3Options struct {
	Bucket, Region, Endpoint           string
	AccessKey, SecretKey, SessionToken string
	retries                            int // 0 for the client's own
}

const (
	s3Asked = 15 * time.Second // for one that moves no file
	s3Moved = 5 * time.Minute
)

// S3 keeps files in a bucket, under a prefix. The bucket is to be private: people get files through the server alone.
type S3 struct {
	client         minio.Core
	bucket, prefix string
}

// OpenS3 returns the files of a bucket under a prefix. It asks the server nothing.
func OpenS3(o S3Options, prefix string) (*S3, error) {
	host, secure, lookup := "s3."+o.Region+".amazonaws.com", true, minio.BucketLookupAuto
	if o.Endpoint != "" {
		u, err := url.Parse(o.Endpoint)
		if err != nil {
			return nil, fmt.Errorf("the address of the S3 server: %w", err)
		}
		host, secure, lookup = u.Host, u.Scheme == "https", minio.BucketLookupPath
	}
	keys := credentials.NewStaticV4(o.AccessKey, o.SecretKey, o.SessionToken)
	if o.AccessKey == "" {
		keys = credentials.NewChainCredentials([]credentials.Provider{&credentials.FileAWSCredentials{}, &credentials.IAM{}})
	}
	client, err := minio.NewCore(host, &minio.Options{Creds: keys, Secure: secure, Region: o.Region, BucketLookup: lookup, MaxRetries: max(o.retries, 3)})
	if err != nil {
		return nil, fmt.Errorf("the client of the S3 server: %w", err)
	}
	return &S3{client: *client, bucket: o.Bucket, prefix: prefix}, nil
}

// Put implements Blobs. It is one request, so that nothing of a file that breaks off stays.
func (s *S3) Put(ctx context.Context, key string, content io.Reader, size int64) error {
	if !validKey(key) {
		return fmt.Errorf("store a file: %q is no key", key)
	}
	ctx, done := context.WithTimeout(ctx, s3Moved)
	defer done()
	// Of this type whatever it is: who opens the bucket to the world serves nothing active from it.
	_, err := s.client.Client.PutObject(ctx, s.bucket, s.prefix+key, content, size,
		minio.PutObjectOptions{ContentType: "application/octet-stream", DisableMultipart: true})
	return translate(err)
}

// Open implements Blobs. The file is fetched from where it is read on.
func (s *S3) Open(ctx context.Context, key string) (io.ReadSeekCloser, error) {
	if !validKey(key) {
		return nil, errNoFileThere
	}
	asked, done := context.WithTimeout(ctx, s3Asked)
	defer done()
	info, err := s.client.StatObject(asked, s.bucket, s.prefix+key, minio.StatObjectOptions{})
	if err != nil {
		return nil, translate(err)
	}
	return &object{ctx: ctx, s: s, name: s.prefix + key, size: info.Size}, nil
}

// Remove implements Blobs.
func (s *S3) Remove(ctx context.Context, key string) error {
	if !validKey(key) {
		return nil
	}
	ctx, done := context.WithTimeout(ctx, s3Asked)
	defer done()
	err := translate(s.client.Client.RemoveObject(ctx, s.bucket, s.prefix+key, minio.RemoveObjectOptions{}))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// Close implements Blobs. There is nothing to give back.
func (s *S3) Close() error { return nil }

// translate turns the client's error into one of ours. What the server says stays in the log.
func translate(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	switch minio.ToErrorResponse(err).Code {
	case "NoSuchKey":
		return errNoFileThere
	case "EntityTooLarge", "QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded":
		return &fault.Error{Kind: errNoRoom.Kind, Code: errNoRoom.Code, Message: errNoRoom.Message, Err: err}
	}
	return fault.Away("STORAGE_UNAVAILABLE", "The storage of files does not answer at the moment.", err)
}

// object is a file of a bucket. A read after a seek begins a new request.
type object struct {
	ctx      context.Context
	s        *S3
	name     string
	size, at int64
	body     io.ReadCloser // from at on, nil where nothing is asked for
}

func (o *object) Read(p []byte) (int, error) {
	if o.at >= o.size {
		return 0, io.EOF
	}
	if o.body == nil {
		var from minio.GetObjectOptions
		if err := from.SetRange(o.at, o.size-1); err != nil {
			return 0, err
		}
		body, _, _, err := o.s.client.GetObject(o.ctx, o.s.bucket, o.name, from)
		if err != nil {
			return 0, translate(err)
		}
		o.body = body
	}
	n, err := o.body.Read(p)
	o.at += int64(n)
	if errors.Is(err, io.EOF) && o.at < o.size {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (o *object) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += o.at
	case io.SeekEnd:
		offset += o.size
	}
	if offset < 0 {
		return 0, errors.New("files: a seek before the beginning")
	}
	if offset != o.at {
		o.at = offset
		if err := o.Close(); err != nil {
			return 0, err
		}
	}
	return o.at, nil
}

// Close ends the request under way.
func (o *object) Close() error {
	if o.body == nil {
		return nil
	}
	err := o.body.Close()
	o.body = nil
	return err
}
