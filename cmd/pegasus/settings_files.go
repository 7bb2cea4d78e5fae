package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"

	"pegasus/files"
)

// Limits of MAX_CONTENT_LENGTH, in bytes. An S3 server takes no more than 5 GiB in one request.
const (
	minFile = 1 << 10
	maxFile = 4 << 30
)

var bucketName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$`)

func (s *settings) checkFiles() error {
	if s.MaxContentLength < minFile || s.MaxContentLength > maxFile {
		return fmt.Errorf("MAX_CONTENT_LENGTH must be from %d to %d bytes, not %d", minFile, int64(maxFile), s.MaxContentLength)
	}
	if s.S3Endpoint != "" {
		if s.S3Bucket == "" {
			return errors.New("S3_ENDPOINT needs S3_BUCKET_NAME")
		}
		endpoint, err := origin("S3_ENDPOINT", s.S3Endpoint)
		if err != nil {
			return err
		}
		s.S3Endpoint = endpoint.String()
	}
	if s.S3Bucket == "" {
		return nil
	}
	if !bucketName.MatchString(s.S3Bucket) {
		return fmt.Errorf("S3_BUCKET_NAME must be the name of a bucket, not %q", s.S3Bucket)
	}
	if s.AWSRegion == "" {
		return errors.New("AWS_REGION must not be empty where S3_BUCKET_NAME is set")
	}
	if (s.AWSKey == "") != (s.AWSSecret == "") {
		return errors.New("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together")
	}
	return nil
}

// openBlobs returns where files and pictures of people are kept: a bucket, or folders of the data directory. No server is
// asked for anything yet.
func (s *settings) openBlobs() (uploads, avatars files.Blobs, err error) {
	open := func(folder, prefix string) (files.Blobs, error) {
		if s.S3Bucket == "" {
			return files.OpenDisk(filepath.Join(s.DataDir, folder))
		}
		return files.OpenS3(files.S3Options{
			Bucket: s.S3Bucket, Region: s.AWSRegion, Endpoint: s.S3Endpoint,
			AccessKey: s.AWSKey, SecretKey: s.AWSSecret, SessionToken: s.AWSToken,
		}, prefix)
	}
	if uploads, err = open("files", "messages/"); err != nil {
		return nil, nil, err
	}
	avatars, err = open("avatars", "avatars/")
	return uploads, avatars, err
}
