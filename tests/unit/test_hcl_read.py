from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tfwrap.base.problems import Location, Problem, SettingsFailure
from tfwrap.hcl.module import load
from tfwrap.hcl.nodes import Traversal
from tfwrap.hcl.read import (
    Module,
    ModuleCall,
    ModuleOutput,
    ProviderConfiguration,
    RequiredProvider,
    Variable,
    read_module,
)


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        suffix = ".tf.json" if text.lstrip().startswith(("{", "[")) else ".tf"
        (folder / f"{name}{suffix}").write_bytes(text.encode())
    return folder


def variable(folder: Path, body: str) -> Variable:
    return read_module(write(folder, main=f'variable "x" {{\n{body}\n}}\n')).variables["x"]


def problems(folder: Path, cache: Path | None = None) -> tuple[Problem, ...]:
    with pytest.raises(SettingsFailure) as caught:
        read_module(folder, cache)
    return caught.value.problems


WHOLE = """\
# A module
terraform {
  required_version = ">= 1.9"
  backend "gcs" {}
  required_providers {
    helm = {
      source                = "hashicorp/helm"
      version               = ">= 1.3.2, < 4"
      configuration_aliases = [helm.other]
    }
    aws = "~> 5"
  }
}

variable "zones" {
  type        = list(object({ a = string, b = optional(number, 3) }))
  description = "say \\"hi\\""
  default     = []
  nullable    = false
}
variable plain {}
  variable "secret" { sensitive = true }

output "url" {
  value       = "https://${var.plain}"
  description = "where"
  sensitive   = true
}

provider "helm" {
  alias = "other"
}
provider "aws" {}

module "inner" {
  source = "../inner"
}
"""


def test_everything_a_module_says(tmp_path: Path) -> None:
    folder = write(tmp_path / "m", main=WHOLE)
    file = folder / "main.tf"
    secret = Variable("secret", None, False, None, True, True, None, Location(file, 22, 3, 17))
    assert read_module(folder) == Module(
        folder=folder,
        variables={
            "zones": Variable(
                name="zones",
                type="list(object({ a = string, b = optional(number, 3) }))",
                has_default=True,
                default=[],
                sensitive=False,
                nullable=False,
                description='say "hi"',
                location=Location(file, 15, 1, 16),
            ),
            "plain": Variable("plain", None, False, None, False, True, None, Location(file, 21, 1, 14)),
            "secret": secret,
        },
        outputs={"url": ModuleOutput("url", True, "where", Location(file, 24, 1, 12), ("plain",))},
        required_version=">= 1.9",
        required_providers=(
            RequiredProvider("helm", "hashicorp/helm", ">= 1.3.2, < 4"),
            RequiredProvider("aws", None, "~> 5"),
        ),
        implied_providers=(),
        provider_configurations=(ProviderConfiguration("helm", "other"), ProviderConfiguration("aws", None)),
        backend="gcs",
        calls=(ModuleCall("inner", "../inner"),),
    )


def test_variables_keep_the_declared_order(tmp_path: Path) -> None:
    folder = write(tmp_path, b='variable "c" {}\nvariable "a" {}\n', a='variable "z" {}\n')
    assert list(read_module(folder).variables) == ["z", "c", "a"]


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("3", 3),
        ("-3", -3),
        ("2.5e2", 250.0),
        ("true", True),
        ("null", None),
        ('"a"', "a"),
        ('""', ""),
        (r'"a\n\t\"\\ \u00e9 \U0001f600"', 'a\n\t"\\ é \U0001f600'),
        ('"$${a} %%{b} $$$${c} $ 100%"', "${a} %{b} $$${c} $ 100%"),
        ('["$${", "}"]', ["${", "}"]),
        ("[]", []),
        ("{}", {}),
        ('[1, "b", [null]] # c', [1, "b", [None]]),
        ('{ a = 1, "b c" : 2, 3 = 4, for_each = 5, true = 6 }', {"a": 1, "b c": 2, "3": 4, "for_each": 5, "true": 6}),
        ("{\n # why\n a = [ # what\n 1,\n ]\n}", {"a": [1]}),
        ('<<EOT\n a ${"b"}\nEOT', Traversal('<<EOT\n a ${"b"}\nEOT')),
        ("<<EOT\n a $${b}\n\n  \nEOT", " a ${b}\n\n  \n"),
        ("<<-EOT\n    a\n\n      b\n  EOT", "a\n\n  b\n"),
        ('"a ${upper("b")} c"', Traversal('"a ${upper("b")} c"')),
        ('upper("é")', Traversal('upper("é")')),
        ("[1, null_value.x]", [1, Traversal("null_value.x")]),
        ("{ (a.b) = 1 }", Traversal("{ (a.b) = 1 }")),
        ("1 + 2", Traversal("1 + 2")),
        ('"${~ true ~}"', Traversal('"${~ true ~}"')),
    ],
)
def test_defaults(tmp_path: Path, source: str, value: object) -> None:
    found = variable(tmp_path, f"default = {source}")
    assert (found.default, found.has_default) == (value, True)
    assert type(found.default) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        'variable "x" { type = string }',
        '\ufeffvariable "x" {}\n',
        'variable "x" {\r\n  type = string\r\n}\r\n',
        'locals {\n  straße = "größe"\n}\nvariable "x" {}\n',
        'locals {\n  a = "$${"\n  b = "%%{ if"\n}\nvariable "x" {}\n',
        'locals {\n  a = [<<EOT\nvariable "y" {}\nEOT\n  , "b"]\n}\nvariable "x" {}\n',
        '/* variable "y" {} */\nvariable "x" {}\n# }',
        'locals {\n  a = (\n    true\n    ? { for k, v in {} : k => v... if v }\n    : null\n  )\n}\nvariable "x" {}\n',
    ],
)
def test_forms_terraform_takes(tmp_path: Path, text: str) -> None:
    assert list(read_module(write(tmp_path, main=text)).variables) == ["x"]


def test_a_type_over_several_lines_with_comments(tmp_path: Path) -> None:
    found = variable(tmp_path, "type = object({\n a = string # the a\n b = optional(map(string), {})\n})")
    assert found.type == "object({\n a = string # the a\n b = optional(map(string), {})\n})"


def test_json_syntax(tmp_path: Path) -> None:
    text = """{
  "variable": {
    "a": {"type": "list(string)", "default": ["${not} evaluated"], "sensitive": true},
    "b": [{"nullable": false}]
  },
  "output": [{"o": {"value": "${var.a}", "description": "d"}}],
  "terraform": {"backend": {"s3": {}}, "required_version": "~> 1.9",
    "required_providers": {"helm": {"source": "hashicorp/helm"}}},
  "provider": {"helm": [{"alias": "x"}, {}]},
  "module": {"m": {"source": "./m"}},
  "resource": {"terraform_data": {"x": {}}}
}"""
    folder = write(tmp_path, main=text)
    file = folder / "main.tf.json"
    module = read_module(folder)
    assert module.variables["a"] == Variable(
        "a", "list(string)", True, ["${not} evaluated"], True, True, None, Location(file, 3, 10)
    )
    assert (module.variables["b"].nullable, module.variables["b"].location) == (False, Location(file, 4, 11))
    assert module.outputs == {"o": ModuleOutput("o", False, "d", Location(file, 6, 20), ("a",))}
    assert (module.backend, module.required_version) == ("s3", "~> 1.9")
    assert module.required_providers == (RequiredProvider("helm", "hashicorp/helm", None),)
    assert module.provider_configurations == (
        ProviderConfiguration("helm", "x"),
        ProviderConfiguration("helm", None),
    )
    assert module.calls == (ModuleCall("m", "./m"),)


USES = """\
terraform {
  required_providers {
    google = { source = "hashicorp/google" }
  }
}
resource "random_pet" "a" {}
data "http" "b" {}
resource "google_storage_bucket" "c" {}
resource "google_storage_bucket" "d" { provider = google-beta.west }
resource "helm_release" "e" { provider = google }
resource "random_id" "f" {}
resource "terraform_data" "g" {}
data "terraform_remote_state" "h" {}
ephemeral "vault_token" "i" {}
provider "null" {}
check "up" {
  data "tls_certificate" "j" {}
  assert {
    condition     = data.tls_certificate.j.id != ""
    error_message = "none"
  }
}
moved {
  from = local_file.old
  to   = local_file.new
}
"""
USES_JSON = """{
  "terraform": {"required_providers": {"google": {"source": "hashicorp/google"}}},
  "resource": {
    "random_pet": {"a": {}}, "google_storage_bucket": {"c": {}, "d": {"provider": "google-beta.west"}},
    "helm_release": {"e": {"provider": "google"}}, "random_id": {"f": {}}, "terraform_data": {"g": {}}},
  "data": {"http": {"b": {}}, "terraform_remote_state": {"h": {}}},
  "ephemeral": {"vault_token": {"i": {}}},
  "provider": {"null": {}},
  "check": {"up": {"data": {"tls_certificate": {"j": {}}}}}
}"""


@pytest.mark.parametrize("text", [USES, USES_JSON], ids=["native", "json"])
def test_providers_that_are_used_without_a_word(tmp_path: Path, text: str) -> None:
    cache = tmp_path / "cache"
    module = read_module(write(tmp_path / "m", main=text), cache)
    assert sorted(module.implied_providers) == ["google-beta", "http", "null", "random", "tls", "vault"]
    read_again = load(json.loads(next(cache.glob("*.json")).read_text()), module.folder)
    assert read_again.implied_providers == module.implied_providers


def test_files_terraform_does_not_read_and_overrides_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, main='variable "x" {}', override='variable "y" {}', a_override='variable "z" {}')
    (tmp_path / ".hidden.tf").write_text("broken {")
    (tmp_path / "#main.tf").write_text("broken {")
    (tmp_path / "main.tf~").write_text("broken {")
    (tmp_path / "notes.txt").write_text("broken {")
    (tmp_path / "folder.d").mkdir()
    assert list(read_module(tmp_path).variables) == ["x"]


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ('a "x" {\n  b = ?\n}\n', 2, 7, "`?` cannot stand here"),
        ('a "x" {\n  b =\n}\n', 2, 6, "something is missing at the end of this line"),
        ('a "x" {\n  b = 1\n', 2, 8, "the file ends inside a block or value"),
        ('a "x" {\n  é = [ö ü]\n}\n', 2, 10, "`ü` cannot stand here"),
        ("a = 1\n}\n", 2, 1, "`}` cannot stand here"),
        ('{"variable":\n  3}', 1, 1, "an object belongs here"),
        ('{"variable":\n  x}', 2, 3, "expecting value"),
    ],
)
def test_syntax_errors(tmp_path: Path, text: str, line: int, column: int, message: str) -> None:
    (problem,) = problems(write(tmp_path, main=text))
    name = "main.tf.json" if text.startswith("{") else "main.tf"
    assert problem.location is not None
    place = problem.location
    assert (problem.code, problem.message) == ("E130", f"{name} is not valid Terraform: {message}")
    assert (place.file, place.line, place.column) == (tmp_path / name, line, column)


def test_all_broken_files_are_told_together(tmp_path: Path) -> None:
    write(tmp_path, a="x {", b="y }", c='variable "x" {}\n')
    (tmp_path / "d.tf").write_bytes(b"# ok\na = \xff\n")
    found = problems(tmp_path)
    assert [(problem.code, problem.location and problem.location.file.name) for problem in found] == [
        ("E130", "a.tf"),
        ("E130", "b.tf"),
        ("E130", "d.tf"),
    ]
    assert found[-1].location == Location(tmp_path / "d.tf", 2, 5)


def test_a_folder_without_a_module(tmp_path: Path) -> None:
    assert [problem.code for problem in problems(tmp_path)] == ["E131"]
    assert [problem.code for problem in problems(tmp_path / "missing")] == ["E131"]
    (tmp_path / "file").write_text("")
    assert [problem.code for problem in problems(tmp_path / "file")] == ["E131"]


def test_a_type_that_is_none(tmp_path: Path) -> None:
    write(tmp_path, main='variable "x" {\n  type = strin\n}\nvariable "y" {\n  type = list(map)\n}\n')
    (problem,) = problems(tmp_path)
    assert (problem.code, problem.location) == ("E132", Location(tmp_path / "main.tf", 1, 1, 12))
    assert "strin" in problem.message


def test_disk_cache_is_used_without_python_hcl2(tmp_path: Path) -> None:
    """Also for a copy of the module elsewhere, with the places in the copy."""
    first, cache = write(tmp_path / "first", main=WHOLE), tmp_path / "cache"
    second = write(tmp_path / "second", main=WHOLE)
    module = read_module(first, cache)
    assert len(list(cache.iterdir())) == 1
    script = f"""
import sys
from pathlib import Path
from tfwrap.hcl.read import read_module
module = read_module(Path({str(second)!r}), Path({str(cache)!r}))
assert "hcl2" not in sys.modules and "lark" not in sys.modules
print(repr(module))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == repr(module).replace(str(first), str(second))


def test_disk_cache_keeps_expressions_and_objects_apart(tmp_path: Path) -> None:
    body = "default = [{ expression = 1, object = {} }, a.b, [null, 1.5]]"
    expected = [{"expression": 1, "object": {}}, Traversal("a.b"), [None, 1.5]]
    cache = tmp_path / "cache"
    for name in ("first", "second"):  # the second comes from the disk
        folder = write(tmp_path / name, main=f'variable "x" {{\n{body}\n}}\n')
        assert read_module(folder, cache).variables["x"].default == expected


@pytest.mark.parametrize("broken", ["", "{", "[]", "{}", '{"variables": [{"name": "x"}]}', "\x00"])
def test_a_broken_cache_file_is_made_again(tmp_path: Path, broken: str) -> None:
    cache = tmp_path / "cache"
    read_module(write(tmp_path / "first", main='variable "x" {}\n'), cache)
    (stored,) = cache.iterdir()
    good = stored.read_text()
    stored.write_text(broken)
    assert list(read_module(write(tmp_path / "second", main='variable "x" {}\n'), cache).variables) == ["x"]
    assert json.loads(stored.read_text()) == json.loads(good)


def test_a_cache_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    module = read_module(write(tmp_path / "m", main='variable "x" {}\n'), tmp_path / "cache")
    assert list(module.variables) == ["x"]


def test_a_changed_module_is_read_again(tmp_path: Path) -> None:
    folder = write(tmp_path / "m", main='variable "x" {}\n')
    first = read_module(folder)
    assert read_module(folder) is first
    write(folder, main='variable "y" {}\n')
    assert list(read_module(folder).variables) == ["y"]
