"""What runs are given: where bytes rest, the control plane, dbt, and the one as-of of a run."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
from dagster_dbt import DbtCliResource, DbtProject

from orchestration.paths import DBT_PROJECT, Paths
from orchestration.steps.build import dbt_environment

if TYPE_CHECKING:
    from execution.service import ControlPlane


class Installation(dg.ConfigurableResource):  # type: ignore[type-arg]
    """This installation: its folders, its control plane, and the as-of that every step of a run shares."""

    as_of: str | None = None

    @property
    def paths(self) -> Paths:
        """Where bytes rest."""
        return Paths.from_env()

    def plane(self) -> ControlPlane:
        """The control plane. Imported here, because code locations load without a database."""
        from execution.service import connect

        return connect()

    def as_of_at(self, plane: ControlPlane) -> datetime:
        """The configured as-of, else now by the control plane's clock."""
        return datetime.fromisoformat(self.as_of) if self.as_of else plane.now()


def dbt_project() -> DbtProject:
    """The dbt project with a parsed manifest: made once when absent, so that loading definitions stays quick."""
    _speak_dbt()
    project = DbtProject(
        project_dir=DBT_PROJECT, profiles_dir=DBT_PROJECT, target_path=Path(os.path.relpath(_target(), DBT_PROJECT))
    )
    if not project.manifest_path.exists():
        project.preparer.prepare(project)
    return project


def dbt_cli(project: DbtProject) -> DbtCliResource:
    """dbt as Dagster calls it: our warehouse, no phone-home."""
    _speak_dbt()
    return DbtCliResource(project_dir=project)


def _speak_dbt() -> None:
    """Give dagster-dbt the dbt of this environment, our warehouse, and no phone-home."""
    os.environ.update(dbt_environment(Paths.from_env().warehouse))
    beside = str(Path(sys.executable).parent)
    if beside not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([beside, os.environ["PATH"]])


def _target() -> Path:
    return Paths.from_env().data / "dagster" / "dbt_target"
