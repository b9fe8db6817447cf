"""The steps of a composite action, run with bash as GitHub runs them.

Other people's actions are not run: of setup-python and of caches, what they would say is said.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from scripted import subprocess_environment

EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
OF_THE_JOB = {
    "runner.os": "Linux",
    "runner.arch": "X64",
    "github.sha": "0" * 40,
    "github.run_attempt": "1",
}
REFERENCE = re.compile(r"[a-z]+(\.[\w-]+)+")


@dataclass
class Job:
    """An action in a job: where it runs, and its results so far."""

    action: Path
    workspace: Path
    home: Path
    inputs: dict[str, str]
    environment: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    used: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Other people's actions, in order of use, each with its inputs."""
    ran: list[str] = field(default_factory=list)
    """Ids, or else first lines, of the steps that were run here."""
    printed: str = ""
    code: int = 0

    def __post_init__(self) -> None:
        self.temporary.mkdir(parents=True)
        self.summary.touch()
        self.declared = yaml.safe_load((self.action / "action.yml").read_text())
        unknown = self.inputs.keys() - self.declared["inputs"].keys()
        assert not unknown, unknown

    @property
    def temporary(self) -> Path:
        return self.home / "temporary"

    @property
    def summary(self) -> Path:
        return self.temporary / "summary.md"

    def run(self) -> Job:
        """Run all steps until one fails; then those that are always run."""
        for step in self.declared["runs"]["steps"]:
            if not self._is_wanted(step.get("if", "true")):
                continue
            if "uses" in step:
                self._use(step)
            else:
                self._run(step)
        return self

    def output(self, name: str) -> str:
        """The output that the job using the action would read."""
        return self._filled(self.declared["outputs"][name]["value"])

    def _is_wanted(self, condition: str) -> bool:
        parts = [part.strip() for part in condition.split("&&")]
        alive = self.code == 0 or "always()" in parts
        return alive and all(self._holds(part) for part in parts)

    def _holds(self, condition: str) -> bool:
        if condition in ("true", "always()"):
            return True
        found = re.fullmatch(r"(\S+) (==|!=) '(.*)'", condition)
        assert found, condition
        return (self._value(found[1]) == found[3]) == (found[2] == "==")

    def _value(self, expression: str) -> str:
        if named := re.fullmatch(r"hashFiles\((.+)\)", expression):
            path = self.workspace / self._value(named[1])
            return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        assert REFERENCE.fullmatch(expression), expression
        context, _, rest = expression.partition(".")
        if context == "inputs":
            return str(self.inputs.get(rest, self.declared["inputs"][rest].get("default", "")))
        if context == "steps":
            step, _, name = rest.partition(".outputs.")
            return self.outputs.get(step, {}).get(name, "")
        return OF_THE_JOB[expression]

    def _filled(self, text: object) -> str:
        return EXPRESSION.sub(lambda found: self._value(found[1]), str(text))

    def _use(self, step: dict[str, Any]) -> None:
        given = {name: self._filled(value) for name, value in step["with"].items()}
        self.used.append((step["uses"], given))
        assert "," not in given.get("key", ""), given  # which actions/cache refuses
        said = {"python-version": given.get("python-version", ""), "python-path": sys.executable}
        if step["uses"].startswith("actions/cache@"):
            there = Path(given["path"].replace("~", str(self.home), 1)).exists()
            said = {"cache-hit": "true" if there else ""}
        if "id" in step:
            self.outputs[step["id"]] = said

    def _run(self, step: dict[str, Any]) -> None:
        assert step["shell"] == "bash"
        script, output = self.temporary / "step.sh", self.temporary / "output"
        script.write_text(self._filled(step["run"]))
        output.write_text("")
        own = {name: self._filled(value) for name, value in step.get("env", {}).items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=self.workspace,
            env=subprocess_environment(
                HOME=str(self.home),
                RUNNER_TEMP=str(self.temporary),
                GITHUB_ACTION_PATH=str(self.action),
                GITHUB_OUTPUT=str(output),
                GITHUB_STEP_SUMMARY=str(self.summary),
                **self.environment,
                **own,
            ),
            capture_output=True,
            text=True,
            check=False,
        )
        self.ran.append(step.get("id") or step["run"].splitlines()[0])
        self.printed += done.stdout + done.stderr
        self.code = self.code or done.returncode
        if "id" in step:
            lines = output.read_text().splitlines()
            self.outputs[step["id"]] = dict(line.split("=", 1) for line in lines)
