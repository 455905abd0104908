package podidentityagent

// The addresses that SDKs know the agent by, and the interface that has them on EKS.
const (
	IPv4 = "169.254.170.23"
	IPv6 = "fd00:ec2::23"
	Link = "pod-id-link0"
)
