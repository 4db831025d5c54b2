"""A registry in MLflow: a tracking server, or the database of one."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sklearn.base import BaseEstimator

from keraswrap.exceptions import InputError, ParameterError, SavedFileError
from keraswrap.tracking._loading import estimator_from
from keraswrap.tracking._mlflow_client import Door
from keraswrap.tracking._mlflow_entries import (
    OURS,
    event_of,
    event_tags,
    is_ours,
    version_of,
    version_tags,
)
from keraswrap.tracking._mlflow_folder import INSIDE, write_folder
from keraswrap.tracking._mlflow_runs import (
    add_search,
    find_experiment,
    open_run,
    read_file,
    read_search,
    search_runs,
)
from keraswrap.tracking._names import ModelName, address, check_alias, check_kind, check_name
from keraswrap.tracking._plain import check_facts, now
from keraswrap.tracking._records import Event, NewRun, NewVersion, RegisteredModel, TrackedRun
from keraswrap.tracking._sqlite_registry import missing

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

__all__ = ["MlflowRegistry"]


class MlflowRegistry:
    """A :class:`Registry` in MLflow; needs the extra ``mlflow``.

    Parameters
    ----------
    uri : str
        A tracking URI, such as ``"http://127.0.0.1:5000"`` or ``"sqlite:///mlflow.db"``.
        Files of the latter go to the folder ``mlartifacts`` beside it.
    """

    def __init__(self, uri: str) -> None:
        self._door = Door(uri)
        with self._door.opened():
            pass

    def __repr__(self) -> str:
        return f"MlflowRegistry({self.where!r})"

    @property
    def where(self) -> str:
        """Its address, without credentials."""
        return self._door.where

    # -- versions ------------------------------------------------------------

    def names(self) -> list[str]:
        """See `Registry`."""
        with self._door.opened() as client:
            found: list[str] = []
            token: str | None = None
            while True:
                page = client.search_registered_models(page_token=token)
                found += [model.name for model in page]
                token = page.token
                if not token:
                    return sorted(found)

    def versions(self, name: str) -> list[RegisteredModel]:
        """See `Registry`."""
        check_name(name)
        with self._door.opened() as client:
            return self._versions(client, name)

    def get(self, name: str, version: int | str | None = None) -> RegisteredModel:
        """See `Registry`."""
        wanted = address(name, version)
        with self._door.opened() as client:
            return self._find(client, wanted)[0]

    def read(self, name: str, version: int | str | None = None) -> bytes:
        """See `Registry`."""
        wanted = address(name, version)
        with self._door.opened() as client:
            found, stored = self._find(client, wanted)
            content = read_file(client, stored.run_id, stored.tags[f"{OURS}path"])
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 != found.sha256:
            raise SavedFileError(
                f"Expected the bytes of {found.name}:{found.version} in {self.where!r} with sha256 "
                f"{found.sha256}, got {sha256}: the file there was changed. Load another version."
            )
        return content

    def load(
        self,
        name: str,
        version: int | str | None = None,
        *,
        custom_objects: Mapping[str, object] | None = None,
        **params: object,
    ) -> BaseEstimator:
        """See `Registry`."""
        return estimator_from(self.read(name, version), custom_objects, params)

    def add_version(self, new: NewVersion) -> RegisteredModel:
        """See `Registry`."""
        _check_quotes(new.name)
        with self._door.opened() as client:
            if new.run is not None:
                client.get_run(new.run)
            known = self._versions(client, new.name)
            same = [one.version for one in known if one.sha256 == new.info.sha256]
            version = same[-1] if same and not new.again else self._create(client, new)
            if new.alias is not None:
                client.set_registered_model_alias(new.name, new.alias, str(version))
            return self._find(client, ModelName(new.name, version=version))[0]

    def _create(self, client: MlflowClient, new: NewVersion) -> int:
        """Add the file, then the version: one that is there is whole."""
        if self._model(client, new.name) is None:
            _create_model(client, new.name)
        place = f"model-{new.info.sha256[:16]}"
        with tempfile.TemporaryDirectory(prefix="keraswrap-") as folder:
            made = str(write_folder(new.content, new.info, Path(folder)))
            run = new.run
            if run is None:
                experiment = find_experiment(client, self._door.uri, new.name)
                with open_run(client, experiment, "model", new.name, {}) as run:
                    client.log_artifacts(run, made, place)
                    for name, value in new.metrics.items():
                        client.log_metric(run, name, value)
            else:
                client.log_artifacts(run, made, place)
        stored = client.create_model_version(
            new.name,
            f"runs:/{run}/{place}",
            run,
            tags=version_tags(new, f"{place}/{INSIDE}"),
            description=new.description,
            await_creation_for=None,  # stores that take time say so when it is loaded
        )
        return int(stored.version)

    def _model(self, client: MlflowClient, name: str) -> Mapping[str, object] | None:
        """Return the aliases of a model, or None if it is not there."""
        from mlflow.exceptions import MlflowException

        try:
            return dict(client.get_registered_model(name).aliases)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return None

    def _versions(self, client: MlflowClient, name: str) -> list[RegisteredModel]:
        aliases = self._model(client, name)
        found = [] if aliases is None else _search(client, name)
        ours = [version_of(one, aliases or {}) for one in found if is_ours(one)]
        return sorted(ours, key=lambda one: one.version)

    def _find(
        self, client: MlflowClient, wanted: ModelName
    ) -> tuple[RegisteredModel, ModelVersion]:
        from mlflow.exceptions import MlflowException

        aliases = self._model(client, wanted.name)
        number = aliases.get(wanted.alias) if aliases and wanted.alias else wanted.version
        known = [] if aliases is None else _search(client, wanted.name)
        if number is None and wanted.alias is None and known:
            number = max(int(one.version) for one in known)
        try:
            if number is not None and aliases is not None:
                stored = client.get_model_version(wanted.name, str(number))
                return version_of(stored, aliases), stored
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
        raise InputError(missing(wanted, self.where, len(known), sorted(aliases or {})))

    # -- aliases -------------------------------------------------------------

    def set_alias(self, name: str, alias: str, version: int | str | None = None) -> None:
        """See `Registry`."""
        check_alias(alias)
        with self._door.opened() as client:
            found = self._find(client, address(name, version))[0]
            client.set_registered_model_alias(found.name, alias, str(found.version))

    def delete_alias(self, name: str, alias: str) -> None:
        """See `Registry`."""
        with self._door.opened() as client:
            self._find(client, ModelName(check_name(name), alias=check_alias(alias)))
            client.delete_registered_model_alias(name, alias)

    # -- runs ----------------------------------------------------------------

    def runs(self, name: str | None = None) -> list[TrackedRun]:
        """See `Registry`."""
        with self._door.opened() as client:
            found = search_runs(client, self._experiments(client, name), "search")
            return [read_search(client, run) for run in found if run.info.status == "FINISHED"]

    def read_run_file(self, run: str, file: str) -> bytes:
        """See `Registry`."""
        with self._door.opened() as client:
            if file not in read_search(client, client.get_run(run)).files:
                raise InputError(f"Expected a file of a run, got {file!r} of {run!r}, not there.")
            return read_file(client, run, f"files/{file}")

    def add_run(self, new: NewRun) -> TrackedRun:
        """See `Registry`."""
        with self._door.opened() as client:
            experiment = find_experiment(client, self._door.uri, new.name)
            return read_search(client, client.get_run(add_search(client, experiment, new)))

    def _experiments(self, client: MlflowClient, name: str | None) -> list[str]:
        if name is not None:
            found = client.get_experiment_by_name(name)
            return [] if found is None else [found.experiment_id]
        return [one.experiment_id for one in client.search_experiments()]

    # -- events --------------------------------------------------------------

    def log_event(self, name: str, kind: str, facts: Mapping[str, object]) -> Event:
        """See `Registry`."""
        event = Event(check_name(name), check_kind(kind), now(), check_facts(facts))
        with self._door.opened() as client:
            experiment = find_experiment(client, self._door.uri, _events_of(name))
            with open_run(client, experiment, "event", kind, event_tags(event)):
                pass
        return event

    def events(self, name: str) -> list[Event]:
        """See `Registry`."""
        with self._door.opened() as client:
            experiments = self._experiments(client, _events_of(check_name(name)))
            found = search_runs(client, experiments, "event")
            events = [event_of(run.data.tags) for run in found]
        return sorted(events, key=lambda event: event.created)


def _events_of(name: str) -> str:
    return f"{name} (events)"


def _check_quotes(name: str) -> None:
    if "'" in name and '"' in name:
        raise ParameterError(
            f"Expected a model's name with one kind of quotes at most, got {name!r}: MLflow cannot "
            "search for it. Choose another name."
        )


def _search(client: MlflowClient, name: str) -> list[ModelVersion]:
    quote = '"' if "'" in name else "'"
    found: list[ModelVersion] = []
    token: str | None = None
    while True:
        page = client.search_model_versions(f"name={quote}{name}{quote}", page_token=token)
        found += page
        token = page.token
        if not token:
            return found


def _create_model(client: MlflowClient, name: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":  # another process was first
            raise
