package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
)

// metadataTimeout bounds the look-up of the region where there is no metadata
// service, and packets to its address vanish.
const metadataTimeout = 5 * time.Second

// ErrNoRegion says that no region was found anywhere.
var ErrNoRegion = errors.New("no AWS region: set region, or AWS_REGION in the environment")

// discoverRegion asks what neither the settings nor the environment nor the profile
// say: the metadata file of ECS, then the instance's metadata service.
func (c *Config) discoverRegion(ctx context.Context, cfg aws.Config) (string, error) {
	if path := os.Getenv("ECS_CONTAINER_METADATA_FILE"); path != "" {
		if region, err := regionOfTask(path); err == nil {
			return region, nil
		}
	}
	if c.LocalMode {
		return "", fmt.Errorf("%w (local_mode is on: the instance's metadata is not asked)", ErrNoRegion)
	}
	ctx, cancel := context.WithTimeout(ctx, metadataTimeout)
	defer cancel()
	out, err := imds.NewFromConfig(cfg).GetRegion(ctx, &imds.GetRegionInput{})
	if err != nil {
		return "", fmt.Errorf("%w (the instance's metadata has none: %w)", ErrNoRegion, err)
	}
	return out.Region, nil
}

// regionOfTask reads the region from the ARNs in the container metadata file of
// ECS. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-metadata.html
func regionOfTask(path string) (string, error) {
	b, err := os.ReadFile(path) //nolint:gosec // G703: ECS names the file
	if err != nil {
		return "", fmt.Errorf("read the container's metadata: %w", err)
	}
	return parseTask(b)
}

func parseTask(b []byte) (string, error) {
	var m struct{ TaskARN, ContainerInstanceARN string }
	if err := json.Unmarshal(b, &m); err != nil {
		return "", fmt.Errorf("read the container's metadata: %w", err)
	}
	for _, arn := range []string{m.TaskARN, m.ContainerInstanceARN} {
		if p := strings.Split(arn, ":"); len(p) > 4 && p[0] == "arn" && p[3] != "" {
			return p[3], nil
		}
	}
	return "", errors.New("the container's metadata names no region")
}
