// Velero's own repository service and uploader, as its node agent calls them for one volume, on a repository in a directory:
// it says as one line of JSON what came of it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/kopia/kopia/repo"
	"github.com/kopia/kopia/snapshot/upload"
	"github.com/sirupsen/logrus"

	"github.com/vmware-tanzu/velero/pkg/repository/udmrepo"
	"github.com/vmware-tanzu/velero/pkg/repository/udmrepo/service"
	"github.com/vmware-tanzu/velero/pkg/uploader"
	"github.com/vmware-tanzu/velero/pkg/uploader/kopia"
)

type quiet struct{}

func (quiet) UpdateProgress(*uploader.Progress) {}

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "volumes init|ready|backup|restore|maintain DIRECTORY WORK ...; the password is in REPOSITORY_PASSWORD")
		os.Exit(2)
	}
	result, err := run(context.Background(), os.Args[1], os.Args[2], os.Args[3], os.Args[4:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "%+v\n", err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		os.Exit(1)
	}
}

func run(ctx context.Context, command, directory, work string, args []string) (any, error) {
	log := logrus.New()
	log.SetOutput(os.Stderr)
	log.SetLevel(logrus.InfoLevel)
	options := udmrepo.RepoOptions{
		StorageType:    udmrepo.StorageTypeFs,
		RepoPassword:   os.Getenv("REPOSITORY_PASSWORD"),
		ConfigFilePath: filepath.Join(work, "repo.conf"),
		GeneralOptions: map[string]string{
			udmrepo.GenOptionOwnerName:   udmrepo.GetRepoUser(),
			udmrepo.GenOptionOwnerDomain: udmrepo.GetRepoDomain(),
		},
		StorageOptions: map[string]string{
			udmrepo.StoreOptionFsPath:   directory,
			udmrepo.StoreOptionCacheDir: filepath.Join(work, "cache"),
		},
		Description: "volumes",
	}
	repositories := service.Create("kopia", log)
	if command == "init" {
		return map[string]any{}, repositories.Create(ctx, options)
	}
	ready, err := repositories.IsReady(ctx, options, false)
	if command == "ready" || err != nil || !ready {
		return map[string]any{"ready": ready}, err
	}
	if err := repositories.Connect(ctx, options); err != nil {
		return nil, err
	}
	if command == "maintain" {
		return map[string]any{}, repositories.Maintain(ctx, options)
	}
	repository, err := repositories.Open(ctx, options)
	if err != nil {
		return nil, err
	}
	defer repository.Close(ctx)
	writer := kopia.NewShimRepo(repository)
	if command == "restore" {
		progress := kopia.NewProgress(quiet{}, time.Second, log)
		size, files, err := kopia.Restore(ctx, writer, progress, args[0], args[1], uploader.PersistentVolumeFilesystem, nil, log, make(chan struct{}))
		return map[string]any{"size": size, "files": files}, err
	}
	return backup(ctx, writer, log, args[0], args[1], args[2])
}

// Like RunBackup of Velero's kopia provider: requestor and path are the two halves of what the snapshot says it is of.
func backup(ctx context.Context, writer repo.RepositoryWriter, log logrus.FieldLogger, directory, requestor, path string) (any, error) {
	up := upload.NewUploader(writer)
	up.Progress = kopia.NewProgress(quiet{}, time.Second, log)
	up.FailFast = true
	tags := map[string]string{
		uploader.SnapshotRequesterTag: requestor,
		uploader.SnapshotUploaderTag:  uploader.KopiaType,
	}
	config := map[string]string{kopia.UploaderConfigMultipartKey: "true"}
	source := fmt.Sprintf("%s/%s/%s", requestor, uploader.KopiaType, path)
	info, _, err := kopia.Backup(ctx, up, writer, directory, source, false, "", uploader.PersistentVolumeFilesystem, config, tags, log)
	if err != nil {
		return nil, err
	}
	return map[string]any{"id": info.ID, "size": info.Size}, nil
}
