// Command pulumi-language-python lets a Pulumi CLI that was built from its Go modules run Python programs.
//
// The official CLI brings a program of the same name. That one is not among the published Go modules, so where only
// those can be had, this one stands in for it; whoever installs the official CLI never meets it. It does what
// previewing, deploying and `pulumi install` need. It does not generate code, type check, attach a debugger, or run
// plugins and policy packs that are written in Python. (Dynamic providers need no host: the engine starts
// pulumi-resource-pulumi-python by itself.)
//
// The engine starts it with its own address as the last argument, reads the port that it prints first, and shows the
// rest of its output below the stack.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

const (
	// The script says with this exit status that it has already shown the program's error.
	exitErrorWasShown = 32

	// Less than the 5 seconds after which the engine kills this process, which could then no longer end the program.
	programGracePeriod = 3 * time.Second

	enginePollInterval = 10 * time.Second
)

func main() {
	// The engine may put --logtostderr and -v in front, which the logging package declares, and this one:
	flag.String("tracing", "", "accepted and ignored")
	flag.Parse()
	if err := serve(flag.Arg(flag.NArg() - 1)); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-language-python:", err)
		os.Exit(1)
	}
}

// serve answers the engine at engineAddress until a signal, a Cancel call or the engine's end.
func serve(engineAddress string) error {
	if engineAddress == "" {
		return errors.New("the last argument must be the engine's address; the Pulumi CLI starts this program")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// An engine that was killed cannot say goodbye.
	if err := rpcutil.Healthcheck(ctx, engineAddress, enginePollInterval, stop); err != nil {
		return err
	}
	stopServing := make(chan bool)
	context.AfterFunc(ctx, func() { close(stopServing) })

	server, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stopServing,
		Init: func(s *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(s, &host{engineAddress: engineAddress, ctx: ctx, stop: stop})
			return nil
		},
		Options: rpcutil.TracingServerInterceptorOptions(nil),
	})
	if err != nil {
		return err
	}
	fmt.Println(server.Port)
	return <-server.Done
}

// host is the server that the engine talks to. Whatever it starts ends with ctx. Calls that it does not answer, such as
// Handshake and RuntimeOptionsPrompts, are optional: the engine goes on without.
type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	engineAddress string
	ctx           context.Context
	stop          context.CancelFunc
}

func (h *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version.Version}, nil
}

// GetRequiredPackages creates a missing virtual environment, as the official host does. It names no packages: the
// engine gets the plugins that a program needs when the program registers their first resource.
func (h *host) GetRequiredPackages(
	ctx context.Context, req *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	ctx, cancel := h.during(ctx)
	defer cancel()
	python, err := resolve(req.GetInfo())
	if err != nil {
		return nil, err
	}
	if err := python.EnsureVenv(ctx, req.GetInfo().GetProgramDirectory(), false, true, os.Stdout, os.Stderr); err != nil {
		return nil, err
	}
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

func (h *host) InstallDependencies(
	req *pulumirpc.InstallDependenciesRequest, stream pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	ctx, cancel := h.during(stream.Context())
	defer cancel()
	python, err := resolve(req.GetInfo())
	if err != nil {
		return err
	}
	terminal, stdout, stderr, err := rpcutil.MakeInstallDependenciesStreams(stream, req.GetIsTerminal())
	if err != nil {
		return err
	}
	err = python.InstallDependencies(
		ctx, req.GetInfo().GetProgramDirectory(), req.GetUseLanguageVersionTools(), true, stdout, stderr)
	return errors.Join(err, terminal.Close())
}

func (h *host) About(ctx context.Context, req *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	if about := aboutVirtualenv(req.GetInfo()); about != nil {
		return about, nil
	}
	python, err := resolve(req.GetInfo())
	if err != nil {
		return nil, err
	}
	info, err := python.About(ctx)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.AboutResponse{Executable: info.PythonExecutable, Version: info.PythonVersion.String()}, nil
}

// aboutVirtualenv answers from the file that describes a virtual environment, or returns nil. The engine asks before
// every operation, and the toolchain would start Python three times to say the same.
func aboutVirtualenv(info *pulumirpc.ProgramInfo) *pulumirpc.AboutResponse {
	folder := info.GetOptions().GetFields()["virtualenv"].GetStringValue()
	if folder == "" {
		return nil
	}
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(info.GetRootDirectory(), folder)
	}
	text, err := os.ReadFile(filepath.Join(folder, "pyvenv.cfg"))
	if err != nil {
		return nil
	}
	for _, line := range strings.Split(string(text), "\n") {
		key, value, _ := strings.Cut(line, "=")
		if key = strings.TrimSpace(key); key == "version" || key == "version_info" {
			return &pulumirpc.AboutResponse{
				Executable: filepath.Join(folder, "bin", "python"), Version: strings.TrimSpace(value)}
		}
	}
	return nil
}

func (h *host) GetProgramDependencies(
	ctx context.Context, req *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	python, err := resolve(req.GetInfo())
	if err != nil {
		return nil, err
	}
	packages, err := python.ListPackages(ctx, req.GetTransitiveDependencies())
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GetProgramDependenciesResponse{}
	for _, p := range packages {
		response.Dependencies = append(response.Dependencies, &pulumirpc.DependencyInfo{Name: p.Name, Version: p.Version})
	}
	return response, nil
}

func (h *host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	ctx, cancel := h.during(ctx)
	defer cancel()
	python, err := resolve(req.GetInfo())
	if err != nil {
		return nil, err
	}
	if err := python.ValidateVenv(ctx); err != nil {
		return nil, err
	}
	arguments, err := h.programArguments(req)
	if err != nil {
		return nil, err
	}
	program, err := python.Command(ctx, arguments...)
	if err != nil {
		return nil, err
	}
	program.Dir = req.GetPwd()
	// Neither may be null, which is what Go writes for nothing at all.
	config := req.GetConfig()
	if config == nil {
		config = map[string]string{}
	}
	program.Env = append(program.Environ(),
		"PULUMI_CONFIG="+asJSON(config),
		"PULUMI_CONFIG_SECRET_KEYS="+asJSON(append([]string{}, req.GetConfigSecretKeys()...)))
	program.Stdout, program.Stderr = os.Stdout, os.Stderr
	// SIGTERM ends Python without a word; on SIGINT it would show a traceback of nothing the user did wrong.
	program.Cancel = func() error { return program.Process.Signal(syscall.SIGTERM) }
	program.WaitDelay = programGracePeriod

	err = program.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case ctx.Err() != nil:
		return &pulumirpc.RunResponse{Bail: true}, nil
	case errors.As(err, &exit) && exit.ExitCode() == exitErrorWasShown:
		return &pulumirpc.RunResponse{Bail: true}, nil
	case errors.As(err, &exit):
		return &pulumirpc.RunResponse{Error: "the Python program ended with " + exit.Error()}, nil
	default:
		return nil, fmt.Errorf("start the Python program: %w", err)
	}
}

func (h *host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.stop()
	return &emptypb.Empty{}, nil
}

// during returns a context that ends with the call or with this process, whichever is first.
func (h *host) during(call context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(call)
	context.AfterFunc(h.ctx, cancel)
	return ctx, cancel
}

// programArguments returns what follows `python` on the command line that runs the program.
func (h *host) programArguments(req *pulumirpc.RunRequest) ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	arguments := []string{
		"-u", filepath.Join(filepath.Dir(self), "pulumi-language-python-exec"),
		"--monitor", req.GetMonitorAddress(),
		"--engine", h.engineAddress,
		"--project", req.GetProject(),
		"--stack", req.GetStack(),
		"--pwd", req.GetPwd(),
		"--root_directory", req.GetInfo().GetRootDirectory(),
		"--dry_run", strconv.FormatBool(req.GetDryRun()),
		"--parallel", strconv.Itoa(int(req.GetParallel())),
		"--organization", req.GetOrganization(),
		req.GetInfo().GetEntryPoint(),
	}
	return append(arguments, req.GetArgs()...), nil
}

// resolve returns the Python that runtime.options in Pulumi.yaml ask for.
func resolve(info *pulumirpc.ProgramInfo) (toolchain.Toolchain, error) {
	fields := info.GetOptions().GetFields()
	options := toolchain.PythonOptions{
		Root:       info.GetRootDirectory(),
		ProgramDir: info.GetProgramDirectory(),
		Virtualenv: fields["virtualenv"].GetStringValue(),
	}
	switch name := fields["toolchain"].GetStringValue(); name {
	case "":
		options.Toolchain = toolchain.Auto
	case "pip":
		options.Toolchain = toolchain.Pip
	case "poetry":
		options.Toolchain = toolchain.Poetry
	case "uv":
		options.Toolchain = toolchain.Uv
	default:
		return nil, fmt.Errorf("runtime.options.toolchain in Pulumi.yaml is %q: it must be pip, poetry or uv", name)
	}
	return toolchain.ResolveToolchain(options)
}

func asJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // strings, and lists and maps of them, can always be written
	}
	return string(text)
}
