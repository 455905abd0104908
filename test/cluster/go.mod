module github.com/radiograph/radiograph/test/cluster

go 1.26.0

require (
	github.com/google/go-containerregistry v0.21.9
	github.com/radiograph/radiograph v0.0.0
	golang.org/x/mod v0.42.0
)

require (
	github.com/aws/aws-sdk-go-v2 v1.41.5 // indirect
	github.com/aws/aws-sdk-go-v2/internal/configsources v1.4.21 // indirect
	github.com/aws/aws-sdk-go-v2/internal/endpoints/v2 v2.7.21 // indirect
	github.com/aws/aws-sdk-go-v2/service/xray v1.36.20 // indirect
	github.com/aws/smithy-go v1.24.2 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/opencontainers/go-digest v1.0.0 // indirect
	github.com/opencontainers/image-spec v1.1.1 // indirect
)

replace github.com/radiograph/radiograph => ../..
