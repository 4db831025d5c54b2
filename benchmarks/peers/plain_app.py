"""The plain app that everyone writes first: Starlette around ``predict_proba``."""

import os
import sys

import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import Route

from keraswrap.model_files import load_estimator

model = load_estimator(os.environ["SERVED_MODEL"])


async def predict(request):
    told = await request.json()
    rows = told["texts"] if "texts" in told else np.array(told["rows"])
    proba = await run_in_threadpool(model.predict_proba, rows)
    return JSONResponse({"probabilities": proba.tolist()})


app = Starlette(routes=[Route("/predict", predict, methods=["POST"])])

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), access_log=False)
