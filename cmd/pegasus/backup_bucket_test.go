package main

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"log/slog"
	"maps"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/files"
)

// held are the objects of a bucket by their names.
func held(t *testing.T, s3 gofakes3.Backend, bucket string) map[string]string {
	t.Helper()
	list, err := s3.ListBucket(bucket, &gofakes3.Prefix{}, gofakes3.ListBucketPage{})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, one := range list.Contents {
		object, err := s3.GetObject(bucket, one.Key, nil)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(object.Contents)
		object.Contents.Close()
		if err != nil {
			t.Fatal(err)
		}
		all[one.Key] = string(content)
	}
	return all
}

func TestAWorkspaceWithItsFilesInABucketComesBackFromABackupInAnotherBucketAndOnADisk(t *testing.T) {
	s3 := s3mem.New()
	for _, bucket := range []string{"files", "elsewhere"} {
		if err := s3.CreateBucket(bucket); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(gofakes3.New(s3).Server())
	defer server.Close()
	in := func(bucket string) []string {
		return []string{"S3_BUCKET_NAME=" + bucket, "S3_ENDPOINT=" + server.URL, "AWS_ACCESS_KEY_ID=key", "AWS_SECRET_ACCESS_KEY=secret"}
	}
	a := opened(t, in("files")...)
	ctx := t.Context()
	ada, err := a.accounts.CreateAdmin(ctx, accounts.Draft{Email: "ada@example.test", Password: "correct horse battery", Name: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.chat.CreateChannel(ctx, ada, chat.NewChannel{Name: "papers", Type: chat.Private})
	if err != nil {
		t.Fatal(err)
	}
	plan := bytes.Repeat([]byte("all of it\n"), 600_000) // more than one part of an upload
	upload, err := a.files.Receive(ctx, ada, "plan.txt", bytes.NewReader(plan))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.chat.PostMessage(ctx, ada, c.ID, chat.Draft{Content: "the plan", Attachments: []chat.AttachmentRef{{ID: upload.ID}}}); err != nil {
		t.Fatal(err)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 300, 300))); err != nil {
		t.Fatal(err)
	}
	key, err := a.avatars.Put(ctx, ada.ID, &picture, files.Crop{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.accounts.SetAvatar(ctx, ada.ID, files.Path(key)); err != nil {
		t.Fatal(err)
	}
	before, objects := a.exported(t), held(t, s3, "files")
	if len(objects) < 2 {
		t.Fatalf("the bucket has %v", slices.Collect(maps.Keys(objects)))
	}
	file := filepath.Join(t.TempDir(), "all.tar.zst")
	if err := run(ctx, []string{"backup", file}, append(in("files"), "DATA_DIR="+a.settings.DataDir), io.Discard); err != nil {
		t.Fatal(err)
	}
	for name, environ := range map[string][]string{"a bucket": in("elsewhere"), "a disk": nil} {
		t.Run(name, func(t *testing.T) {
			environ = append(environ, "DATA_DIR="+filepath.Join(t.TempDir(), "data"))
			for _, command := range []string{"verify", "restore"} {
				if err := run(ctx, []string{command, file}, environ, io.Discard); err != nil {
					t.Fatalf("%s: %v", command, err)
				}
			}
			s, err := readSettings(environ)
			if err != nil {
				t.Fatal(err)
			}
			b, err := newApp(ctx, s, slog.New(slog.NewTextHandler(io.Discard, nil)))
			if err != nil {
				t.Fatal(err)
			}
			defer b.close()
			if after := b.exported(t); !maps.Equal(after, before) {
				t.Errorf("it holds %v, and held %v", slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(before)))
			}
			if strings.HasPrefix(environ[0], "S3_") && !maps.Equal(held(t, s3, "elsewhere"), objects) {
				t.Error("the bucket holds something else")
			}
			kept, _, err := b.avatars.Open(ctx, key)
			if err != nil {
				t.Fatal(err)
			}
			defer kept.Close()
			if content, err := io.ReadAll(kept); err != nil || string(content) != objects["avatars/"+key] {
				t.Errorf("the picture has %d bytes, %v", len(content), err)
			}
			opened, err := b.files.Open(ctx, ada, upload.Key, false)
			if err != nil {
				t.Fatal(err)
			}
			defer opened.Close()
			if content, err := io.ReadAll(opened); err != nil || !bytes.Equal(content, plan) {
				t.Errorf("the file has %d bytes, %v", len(content), err)
			}
		})
	}
}
