// A provider that does as it is told, also to misbehave: its things are files, and so are its faults.
//
// PROBE is a folder. A thing is the file `<name>.thing` in it. A file `<call>-<name>.<fault>` makes the next such call go
// wrong, once: `die` kills the provider, `stop` stops it as a debugger would, `hang` never answers that call. Calls are
// `plan` and `create`. What is asked of it is written to `calls`.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	pschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func main() {
	serve := func() provider.Provider { return &probe{} }
	options := providerserver.ServeOpts{Address: "registry.terraform.io/test/probe"}
	if err := providerserver.Serve(context.Background(), serve, options); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func inFolder(name string) string { return filepath.Join(os.Getenv("PROBE"), name) }

// called notes a call, and goes wrong if it was told to.
func called(call, name string) {
	file, err := os.OpenFile(inFolder("calls"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(file, "%s %s %d\n", call, name, os.Getpid())
	file.Close()
	fault := func(kind string) bool { return os.Remove(inFolder(call+"-"+name+"."+kind)) == nil }
	switch {
	case fault("die"):
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case fault("stop"):
		syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	case fault("hang"):
	default:
		return
	}
	select {}
}

type probe struct{}

type settings struct {
	Label types.String `tfsdk:"label"`
}

func (*probe) Metadata(_ context.Context, _ provider.MetadataRequest, to *provider.MetadataResponse) {
	to.TypeName = "probe"
}

func (*probe) Schema(_ context.Context, _ provider.SchemaRequest, to *provider.SchemaResponse) {
	to.Schema.Attributes = map[string]pschema.Attribute{"label": pschema.StringAttribute{Optional: true}}
}

func (*probe) Configure(ctx context.Context, asked provider.ConfigureRequest, to *provider.ConfigureResponse) {
	var found settings
	to.Diagnostics.Append(asked.Config.Get(ctx, &found)...)
	to.ResourceData = found.Label.ValueString()
}

func (*probe) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (*probe) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &thing{} }}
}

// thing is `probe_thing`. Its label is the configuration of the provider that made it.
type thing struct{ label string }

type model struct {
	Name  types.String `tfsdk:"name"`
	Text  types.String `tfsdk:"text"`
	Label types.String `tfsdk:"label"`
}

func (*thing) Metadata(_ context.Context, _ resource.MetadataRequest, to *resource.MetadataResponse) {
	to.TypeName = "probe_thing"
}

func (*thing) Schema(_ context.Context, _ resource.SchemaRequest, to *resource.SchemaResponse) {
	to.Schema.Attributes = map[string]schema.Attribute{
		"name":  schema.StringAttribute{Required: true},
		"text":  schema.StringAttribute{Required: true},
		"label": schema.StringAttribute{Computed: true},
	}
}

func (t *thing) Configure(_ context.Context, asked resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	if label, ok := asked.ProviderData.(string); ok {
		t.label = label
	}
}

func (t *thing) ModifyPlan(ctx context.Context, asked resource.ModifyPlanRequest, to *resource.ModifyPlanResponse) {
	if asked.Plan.Raw.IsNull() {
		return
	}
	var name types.String
	to.Diagnostics.Append(asked.Plan.GetAttribute(ctx, path.Root("name"), &name)...)
	called("plan", name.ValueString())
	to.Diagnostics.Append(to.Plan.SetAttribute(ctx, path.Root("label"), t.label)...)
}

func (t *thing) Create(ctx context.Context, asked resource.CreateRequest, to *resource.CreateResponse) {
	var planned model
	to.Diagnostics.Append(asked.Plan.Get(ctx, &planned)...)
	t.write(planned)
	called("create", planned.Name.ValueString())
	to.Diagnostics.Append(to.State.Set(ctx, planned)...)
}

func (t *thing) Read(ctx context.Context, asked resource.ReadRequest, to *resource.ReadResponse) {
	var known model
	to.Diagnostics.Append(asked.State.Get(ctx, &known)...)
	text, err := os.ReadFile(inFolder(known.Name.ValueString() + ".thing"))
	if err != nil {
		to.State.RemoveResource(ctx)
		return
	}
	known.Text = types.StringValue(string(text))
	to.Diagnostics.Append(to.State.Set(ctx, known)...)
}

func (t *thing) Update(ctx context.Context, asked resource.UpdateRequest, to *resource.UpdateResponse) {
	var planned model
	to.Diagnostics.Append(asked.Plan.Get(ctx, &planned)...)
	t.write(planned)
	to.Diagnostics.Append(to.State.Set(ctx, planned)...)
}

func (*thing) Delete(ctx context.Context, asked resource.DeleteRequest, to *resource.DeleteResponse) {
	var known model
	to.Diagnostics.Append(asked.State.Get(ctx, &known)...)
	os.Remove(inFolder(known.Name.ValueString() + ".thing"))
}

func (*thing) write(planned model) {
	file := inFolder(planned.Name.ValueString() + ".thing")
	if err := os.WriteFile(file, []byte(planned.Text.ValueString()), 0o600); err != nil {
		panic(err)
	}
}
